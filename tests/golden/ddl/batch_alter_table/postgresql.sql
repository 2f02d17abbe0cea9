ALTER TABLE "users" ADD COLUMN "nickname" VARCHAR(50);
ALTER TABLE "users" ALTER COLUMN "email" TYPE VARCHAR(200), ALTER COLUMN "email" DROP NOT NULL;
ALTER TABLE "users" ALTER COLUMN "age" SET NOT NULL;
ALTER TABLE "users" RENAME COLUMN "age" TO "years";
ALTER TABLE "users" ADD CONSTRAINT "uq_users_email" UNIQUE ("email");
ALTER TABLE "users" ADD CONSTRAINT "ck_users_years" CHECK (years > 0);
CREATE INDEX "ix_users_nickname" ON "users" ("nickname");

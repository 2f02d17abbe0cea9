CREATE TABLE "vm_new_users" (
  "id" INTEGER NOT NULL PRIMARY KEY,
  "email" VARCHAR(200),
  "age" INTEGER DEFAULT 18 NOT NULL,
  "nickname" VARCHAR(50),
  CONSTRAINT "uq_users_email" UNIQUE ("email"),
  CONSTRAINT "ck_users_years" CHECK ("age" > 0)
);
INSERT INTO "vm_new_users" ("id", "email", "age") SELECT "id", "email", "age" FROM "users";
DROP TABLE "users";
PRAGMA legacy_alter_table = ON;
ALTER TABLE "vm_new_users" RENAME TO "users";
PRAGMA legacy_alter_table = OFF;
ALTER TABLE "users" RENAME COLUMN "age" TO "years";
CREATE INDEX "ix_users_nickname" ON "users" ("nickname");

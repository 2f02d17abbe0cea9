CREATE TABLE "public"."users" (
  "id" SERIAL NOT NULL PRIMARY KEY
);
CREATE INDEX "ix_users_id" ON "public"."users" ("id");

CREATE TABLE "main"."users" (
  "id" INTEGER NOT NULL PRIMARY KEY
);
CREATE INDEX "main"."ix_users_id" ON "users" ("id");

CREATE TABLE IF NOT EXISTS "users" (
  "name" VARCHAR(50)
);
CREATE INDEX IF NOT EXISTS "ix_users_name" ON "users" ("name");

CREATE TABLE IF NOT EXISTS "users" (
  "name" VARCHAR(50)
);
CREATE INDEX IF NOT EXISTS "ix_users_name" ON "users" ("name");
COMMENT ON TABLE "users" IS 'people';
COMMENT ON COLUMN "users"."name" IS 'what people call them';

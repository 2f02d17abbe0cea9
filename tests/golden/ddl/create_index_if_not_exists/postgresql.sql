CREATE INDEX IF NOT EXISTS "ix_users_email" ON "users" ("email");

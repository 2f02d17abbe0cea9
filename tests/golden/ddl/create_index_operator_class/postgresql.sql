CREATE INDEX "ix_users_email" ON "users" ("email" varchar_pattern_ops NULLS FIRST) WITH (fillfactor = 70);

CREATE INDEX "ix_users_old" ON "users" ("email") WHERE age > 60;

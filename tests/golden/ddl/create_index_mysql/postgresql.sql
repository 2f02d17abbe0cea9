CREATE INDEX "ix_users_email" ON "users" ("email");
CREATE INDEX "ft_users_email" ON "users" ("email");

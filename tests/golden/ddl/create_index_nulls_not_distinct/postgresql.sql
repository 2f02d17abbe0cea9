CREATE UNIQUE INDEX "uq_users_age" ON "users" ("age") NULLS NOT DISTINCT;

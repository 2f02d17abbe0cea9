op.create_index("ix_users_old", "users", { "email" }, { postgresql_where = "age > 60", sqlite_where = "age > 60" })

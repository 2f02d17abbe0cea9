op.create_index("ix_users_old", "users", { "email" }, { where = "age > 60" })

op.create_index("ix_users_email", "users", { "email" }, { include = { "age" } })

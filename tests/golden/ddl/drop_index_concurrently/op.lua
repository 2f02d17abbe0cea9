op.drop_index("ix_users_email", "users", { concurrently = true })

op.create_index("ix_users_email", "users", "email", { if_not_exists = true })

op.create_index("uq_users_email", "users", { "email" }, { unique = true })

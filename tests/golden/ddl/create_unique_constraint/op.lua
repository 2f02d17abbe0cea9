op.create_unique_constraint("uq_users_email", "users", { "email", "age" })

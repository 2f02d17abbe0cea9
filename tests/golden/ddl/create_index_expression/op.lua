op.create_index("ix_users_lower", "users", { sql.expr("lower(email)") })

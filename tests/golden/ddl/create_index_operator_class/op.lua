op.create_index("ix_users_email", "users", { { "email", ops = "varchar_pattern_ops", nulls = "first" } }, { with = { fillfactor = 70 } })

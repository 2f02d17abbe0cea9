op.validate_constraint("ck_users_age", "users")

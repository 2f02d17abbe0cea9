op.create_check_constraint("ck_users_age", "users", "age >= 0", { not_valid = true })

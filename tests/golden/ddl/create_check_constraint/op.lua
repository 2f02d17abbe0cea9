op.create_check_constraint("ck_users_age", "users", "age BETWEEN 0 AND 150")

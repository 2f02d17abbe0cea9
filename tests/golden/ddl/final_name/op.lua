op.create_check_constraint(op.f("ck_final"), "users", "age >= 0")

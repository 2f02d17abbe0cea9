op.create_unique_constraint("uq_users_age", "users", { "age" }, { nulls_not_distinct = true })

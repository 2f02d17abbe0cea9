op.create_index("uq_users_age", "users", { "age" }, { unique = true, nulls_not_distinct = true })

op.alter_column("users", "age", { type = sql.bigint, nullable = false, server_default = 1, comment = "years", new_column_name = "years" })

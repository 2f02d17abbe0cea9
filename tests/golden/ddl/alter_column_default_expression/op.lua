op.alter_column("users", "age", { server_default = sql.expr("(1 + 2)") })

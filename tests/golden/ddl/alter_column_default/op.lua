op.alter_column("users", "age", { server_default = 21 })

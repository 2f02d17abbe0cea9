op.drop_column("users", "age", { cascade = true })

op.alter_column("users", "email", { nullable = true })
op.alter_column("users", "age", { nullable = false })

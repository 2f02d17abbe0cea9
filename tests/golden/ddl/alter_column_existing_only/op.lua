op.alter_column("users", "email", { existing_type = sql.string(100), existing_nullable = false })

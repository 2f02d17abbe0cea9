op.alter_column("users", "age", { comment = sql.null })

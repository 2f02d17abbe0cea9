op.alter_column("users", "email", { type = sql.string(200) })

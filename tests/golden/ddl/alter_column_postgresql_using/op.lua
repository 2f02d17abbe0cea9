op.alter_column("users", "email", { type = sql.integer, postgresql_using = "length(email)" })

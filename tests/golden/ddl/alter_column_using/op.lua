op.alter_column("users", "email", { type = sql.integer, using = sql.expr("length(email)"), postgresql_using = "length(email)" })

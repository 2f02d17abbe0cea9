op.alter_column("users", "email", { type = sql.enum("kind", { "a", "b" }), server_default = "a" })

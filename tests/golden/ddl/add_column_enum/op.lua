op.add_column("users", sql.column("role", sql.enum("role", { "admin", "user" }), { server_default = "user" }))

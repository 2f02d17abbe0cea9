op.create_table("users", { sql.column("role", sql.enum("role", { "admin", "client" }), { server_default = "client" }) })

op.create_table("t", { sql.column("c", sql.enum("role", { "admin", "user" }, { create_type = true })) })

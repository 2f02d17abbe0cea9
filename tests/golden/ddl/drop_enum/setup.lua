op.create_enum("role", { "admin", "user" })

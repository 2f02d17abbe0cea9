op.create_enum("role", { "admin", "it's" })

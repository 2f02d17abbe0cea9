op.create_enum("role", { "admin" }, { if_not_exists = true })

op.alter_enum("role", { remove = { "admin" }, tables = { users = "role" } })

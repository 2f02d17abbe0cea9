op.alter_enum("role", { add = { { "guest", after = "admin" }, { "owner", before = "admin" } }, tables = { users = "role" } })

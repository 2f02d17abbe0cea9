op.alter_enum("role", { rename = { old = "client", new = "customer" }, tables = { users = "role" } })

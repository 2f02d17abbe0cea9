op.create_view("grown_ups", "SELECT id, email FROM users WHERE age > 17;", { columns = { "number", "mail" } })

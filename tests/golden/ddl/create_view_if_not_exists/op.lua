op.create_view("v", "SELECT id FROM users", { if_not_exists = true })

op.replace_view("grown_ups", "SELECT id, email FROM users WHERE age > 20")

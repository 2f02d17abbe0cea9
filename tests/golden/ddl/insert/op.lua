op.insert("users", { email = "ann@example.com", age = 5 })

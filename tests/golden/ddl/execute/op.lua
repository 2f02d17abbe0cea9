op.execute("UPDATE users SET age = 1; -- two\nDELETE FROM users;")
op.execute("UPDATE users SET age = :age WHERE email = ':age'", { age = 5 })

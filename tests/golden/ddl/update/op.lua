op.update("users", { email = "x", age = sql.expr("age + 1") }, "id = :id AND email <> ':id'", { id = 7 })
op.update("users", { age = -1 })

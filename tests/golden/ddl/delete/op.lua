op.delete("users", "id = :id", { id = 7 })
op.delete("users")

op.add_column("users", sql.column("twice", sql.integer, { computed = { "age * 2", persisted = true } }))

op.add_column("users", sql.column("nick", sql.string(20), { index = true }))

op.add_column("words", sql.column("id", sql.integer, { primary_key = true }))

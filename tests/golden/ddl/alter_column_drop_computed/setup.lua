op.create_table("items", { sql.column("price", sql.integer), sql.column("twice", sql.integer, { computed = { "price * 2", persisted = true } }) })

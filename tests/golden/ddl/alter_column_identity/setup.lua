op.create_table("items", { sql.column("id", sql.integer, { nullable = false }) })

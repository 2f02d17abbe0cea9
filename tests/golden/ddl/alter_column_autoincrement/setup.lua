op.create_table("items", { sql.column("id", sql.integer, { primary_key = true, autoincrement = false }) })

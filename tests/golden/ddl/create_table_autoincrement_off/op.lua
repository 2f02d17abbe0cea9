op.create_table("codes", { sql.column("id", sql.integer, { primary_key = true, autoincrement = false }) })

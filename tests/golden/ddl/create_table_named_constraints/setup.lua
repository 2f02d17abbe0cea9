op.create_table("rooms", { sql.column("id", sql.integer, { primary_key = true }) })

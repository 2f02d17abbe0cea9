op.create_table("orders", { sql.column("id", sql.integer, { primary_key = true }) }, { sqlite_autoincrement = true })

op.create_table("t", { sql.column("c", sql.time{ timezone = true }) })

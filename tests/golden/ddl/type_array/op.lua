op.create_table("t", { sql.column("c", sql.array(sql.integer)) })

op.create_table("notes", { sql.column("a", sql.integer) }, { comment = "old" })

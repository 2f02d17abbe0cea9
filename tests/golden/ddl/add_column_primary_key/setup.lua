op.create_table("words", { sql.column("word", sql.text) })

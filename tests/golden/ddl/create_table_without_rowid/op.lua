op.create_table("words", { sql.column("word", sql.string(50), { primary_key = true }) }, { sqlite_without_rowid = true })

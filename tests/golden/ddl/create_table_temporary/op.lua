op.create_table("passing", { sql.column("name", sql.text) }, { temporary = true })

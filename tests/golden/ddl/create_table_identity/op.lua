op.create_table("items", { sql.column("id", sql.integer, { primary_key = true, identity = { always = true, start = 100, increment = 5 } }) })

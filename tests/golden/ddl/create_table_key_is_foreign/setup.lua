op.create_table("teams", { sql.column("id", sql.integer, { primary_key = true }) })

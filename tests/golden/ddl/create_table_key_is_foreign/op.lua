op.create_table("admins", { sql.column("id", sql.integer, { primary_key = true, references = "teams.id" }) })

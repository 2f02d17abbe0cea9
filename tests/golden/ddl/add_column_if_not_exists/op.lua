op.add_column("users", sql.column("verified", sql.boolean), { if_not_exists = true })

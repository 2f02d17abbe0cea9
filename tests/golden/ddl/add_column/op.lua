op.add_column("users", sql.column("verified", sql.boolean, { nullable = false, server_default = false }))

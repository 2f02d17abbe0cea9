op.add_column("users", sql.column("made", sql.timestamp, { server_default = sql.expr("CURRENT_TIMESTAMP") }))

op.drop_column("users", "nick")

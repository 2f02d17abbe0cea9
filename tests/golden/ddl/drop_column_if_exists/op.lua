op.drop_column("users", "nowhere", { if_exists = true })

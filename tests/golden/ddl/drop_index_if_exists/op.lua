op.drop_index("ix_nowhere", "users", { if_exists = true })

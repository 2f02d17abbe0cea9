op.drop_sequence("nowhere", { if_exists = true })

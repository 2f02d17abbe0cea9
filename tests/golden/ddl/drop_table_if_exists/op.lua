op.drop_table("nowhere", { if_exists = true })

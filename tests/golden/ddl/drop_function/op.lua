op.drop_function("nowhere", { if_exists = true })

op.drop_trigger("nowhere", "users", { if_exists = true })

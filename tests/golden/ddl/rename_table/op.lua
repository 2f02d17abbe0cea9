op.rename_table("users", "people")

op.drop_table("users")

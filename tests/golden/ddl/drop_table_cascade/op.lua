op.drop_table("users", { cascade = true })

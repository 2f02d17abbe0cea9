op.alter_column("users", "email", { comment = "it's theirs" })

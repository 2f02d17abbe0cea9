op.alter_column("users", "email", { new_column_name = "mail" })

op.alter_column("items", "id", { autoincrement = true })

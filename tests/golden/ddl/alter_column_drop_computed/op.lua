op.alter_column("items", "twice", { computed = sql.null })

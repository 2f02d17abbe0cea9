op.alter_column("items", "id", { identity = { always = true, start = 50 } })

op.alter_column("made_before", "name", { type = sql.string(200) })

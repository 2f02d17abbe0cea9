op.alter_column("made_before", "name", { type = sql.string(200), existing_type = sql.string(20), existing_nullable = false, existing_server_default = "x", existing_comment = "kept" })

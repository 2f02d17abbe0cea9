op.create_table("made_before", { sql.column("name", sql.string(20), { nullable = false, server_default = "x", comment = "kept" }) })

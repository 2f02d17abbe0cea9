op.create_table([[Order "lines" `x` it's]], { sql.column("select", sql.integer, { index = true }), sql.column("Größe", sql.text) })

op.create_table("data", { sql.column("b", sql.binary), sql.column("d", sql.numeric(10, 2)), sql.column("f", sql.double), sql.column("flag", sql.boolean), sql.column("t", sql.text) })

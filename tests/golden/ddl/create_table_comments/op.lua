op.create_table("items", { sql.column("name", sql.text, { comment = "it's a \"name\"" }) }, { comment = "things for sale" })

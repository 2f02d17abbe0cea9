op.create_table("users", { sql.column("name", sql.string(50), { index = true, comment = "what people call them" }) },
  { if_not_exists = true, comment = "people" })

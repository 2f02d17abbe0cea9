op.create_table("defaults", {
  sql.column("text", sql.string(50), { server_default = "it's" }),
  sql.column("backslash", sql.string(50), { server_default = [[a\b]] }),
  sql.column("empty", sql.string(50), { server_default = "" }),
  sql.column("number", sql.integer, { server_default = -5 }),
  sql.column("fraction", sql.double, { server_default = 1.5 }),
  sql.column("flag", sql.boolean, { server_default = true }),
  sql.column("off", sql.boolean, { server_default = false }),
  sql.column("as_text", sql.boolean, { server_default = "0" }),
  sql.column("sum", sql.integer, { server_default = sql.expr("(1 + 2)") }),
  sql.column("made", sql.timestamp, { server_default = sql.expr("now()") }),
  sql.column("list", sql.json, { server_default = "[]" }),
})

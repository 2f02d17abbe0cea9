op.create_table("users", {
  sql.column("id", sql.integer, { primary_key = true }),
  sql.column("email", sql.string(100), { nullable = false }),
  sql.column("age", sql.integer, { server_default = 18, comment = "in years" }),
})

op.create_table("a", {
  sql.column("id", sql.integer, { primary_key = true }),
  sql.column("other", sql.integer, { references = "a.id", deferrable = true, initially = "deferred" }),
})

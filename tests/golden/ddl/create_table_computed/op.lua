op.create_table("items", {
  sql.column("price", sql.numeric(10, 2)),
  sql.column("twice", sql.numeric(10, 2), { computed = { "price * 2", persisted = true } }),
})

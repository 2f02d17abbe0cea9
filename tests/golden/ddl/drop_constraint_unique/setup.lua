op.create_table("pairs", {
  sql.column("id", sql.integer, { primary_key = true }),
  sql.column("a", sql.integer, {  }),
  sql.column("b", sql.integer),
  sql.unique({ "a", "b" }, { name = "uq_ab" }),
  sql.check("b > 0", { name = "ck_b" }),
})

return sql.schema{
  sql.table("products", {
    sql.column("id", sql.integer, { primary_key = true }),
    sql.column("name", sql.string(50)),
    sql.column("price", sql.numeric(8, 2)),
    sql.column("stock", sql.integer, { nullable = false, server_default = 0 }),
    sql.column("note", sql.text),
  }),
}

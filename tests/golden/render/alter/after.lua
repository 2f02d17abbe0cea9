return sql.schema{
  sql.table("products", {
    sql.column("id", sql.integer, { primary_key = true }),
    sql.column("name", sql.string(200), { nullable = false }),
    sql.column("price", sql.numeric(12, 4), { server_default = "1.50" }),
    sql.column("stock", sql.bigint),
    sql.column("weight", sql.double),
    sql.column("sku", sql.string(20), { unique = true }),
    sql.check("price >= 0", { name = "price_is_possible" }),
  }),
}

return sql.schema{
  sql.table("orders", {
    sql.column("id", sql.integer, { primary_key = true }),
    sql.column("total", sql.bigint, { nullable = false }),
  }),
  sql.view("z_base", "SELECT id, total FROM orders"),
  sql.view("a_top", "SELECT id FROM z_base WHERE total > 100"),
  sql.view("b_sum", "SELECT count(*) AS n FROM a_top"),
}

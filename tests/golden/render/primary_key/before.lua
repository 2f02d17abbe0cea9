return sql.schema{
  sql.table("grants", {
    sql.column("user_id", sql.integer, { nullable = false, primary_key = true, autoincrement = false }),
    sql.column("role_id", sql.integer, { nullable = false }),
  }),
}

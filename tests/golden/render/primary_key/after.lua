return sql.schema{
  sql.table("grants", {
    sql.column("user_id", sql.integer, { nullable = false }),
    sql.column("role_id", sql.integer, { nullable = false }),
    sql.primary_key({ "user_id", "role_id" }),
  }),
}

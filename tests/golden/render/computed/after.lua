return sql.schema{
  sql.table("boxes", {
    sql.column("id", sql.integer, { primary_key = true }),
    sql.column("width", sql.integer),
    sql.column("area", sql.integer, { computed = { "width * width", persisted = true } }),
  }),
}

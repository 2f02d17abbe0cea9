return sql.schema{
  sql.table("notes", {
    sql.column("id", sql.integer, { primary_key = true }),
    sql.column("body", sql.string(100)),
  }),
}

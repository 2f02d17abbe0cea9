return sql.schema{
  sql.table("events", {
    sql.column("id", sql.integer, { primary_key = true }),
    sql.column("kind", sql.string(20)),
    sql.column("payload", sql.text),
    sql.column("owner_id", sql.integer),
  }),
  sql.table("old_events", { sql.column("id", sql.integer, { primary_key = true }) }),
}

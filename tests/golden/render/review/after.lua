return sql.schema{
  sql.table("events", {
    sql.column("id", sql.integer, { primary_key = true }),
    sql.column("kind", sql.string(20), { nullable = false }),
    sql.column("owner_id", sql.integer),
    sql.column("at", sql.date, { nullable = false }),
    sql.unique({ "kind" }, { name = "uq_events_kind" }),
    sql.foreign_key({ "owner_id" }, "owners", { "id" }, { name = "fk_events_owner" }),
    sql.index("uq_events_at", { "at", "kind" }, { unique = true }),
  }),
  sql.table("owners", { sql.column("id", sql.integer, { primary_key = true }) }),
}

return sql.schema{
  sql.table("teams", { sql.column("id", sql.integer, { primary_key = true }) }),
  sql.table("members", {
    sql.column("id", sql.integer, { primary_key = true }),
    sql.column("team_id", sql.integer, { nullable = false }),
    sql.column("place", sql.integer),
    sql.check("place > 0", { name = "place_is_possible" }),
    sql.foreign_key({ "team_id" }, "teams", { "id" }, { name = "fk_members_team" }),
  }),
}

return sql.schema{
  sql.table("teams", { sql.column("id", sql.integer, { primary_key = true }) }),
  sql.table("members", {
    sql.column("id", sql.integer, { primary_key = true }),
    sql.column("team_id", sql.integer, { nullable = false }),
    sql.column("place", sql.integer),
    sql.check("place BETWEEN 1 AND 9", { name = "place_is_possible" }),
    sql.foreign_key({ "team_id" }, "teams", { "id" }, { name = "fk_members_team", ondelete = "CASCADE" }),
    sql.unique({ "team_id", "place" }, { name = "uq_members_place" }),
  }),
}

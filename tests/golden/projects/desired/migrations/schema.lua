return sql.schema({
  sql.table("teams", {
    sql.column("id", sql.integer, { primary_key = true }),
    sql.column("title", sql.string(50), { nullable = false }),
  }),
  sql.table("users", {
    sql.column("id", sql.integer, { primary_key = true }),
    sql.column("email", sql.string(254), { nullable = false }),
    sql.column("team_id", sql.integer, { references = { "teams.id", name = "fk_users_team" } }),
    sql.index("ix_users_email", { "email" }, { unique = true }),
  }),
})

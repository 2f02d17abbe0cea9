op.add_column("users", sql.column("team_id", sql.integer, {
  unique = true, index = false, comment = "whose", references = { "teams.id", name = "fk_team" }, check = { "team_id > 0", name = "ck_team" },
}))

op.create_table("members", {
  sql.column("user_id", sql.integer, { primary_key = true }),
  sql.column("team_id", sql.integer, { primary_key = true }),
})

op.create_table("users", {
  sql.column("id", sql.bigint, { primary_key = true }),
  sql.column("email", sql.string(320), { nullable = false, unique = true }),
  sql.column("team_id", sql.integer, { references = "teams.id", ondelete = "SET NULL", index = true }),
  sql.column("balance", sql.numeric(12, 2), { server_default = 0, check = "balance >= 0" }),
  sql.column("created_at", sql.timestamptz, { server_default = sql.expr("CURRENT_TIMESTAMP") }),
  sql.check("length(email) > 3", { name = "email_is_long_enough" }),
})

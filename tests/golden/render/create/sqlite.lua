function upgrade()
  op.create_table("teams", {
    sql.column("id", sql.integer, { primary_key = true }),
    sql.column("name", sql.string(50), { nullable = false, server_default = "it's \"new\"" }),
  })
  op.create_table("users", {
    sql.column("id", sql.bigint, { primary_key = true }),
    sql.column("email", sql.string(320), { nullable = false, unique = true }),
    sql.column("team_id", sql.integer, { references = "teams.id", ondelete = "SET NULL" }),
    sql.column("balance", sql.numeric(12, 2), { nullable = false, server_default = 0 }),
    sql.column("created_at", sql.timestamp, { server_default = sql.expr("CURRENT_TIMESTAMP") }),
    sql.check("length(email) > 3", { name = op.f("email_is_long_enough") }),
    sql.index("ix_users_team_id", { "team_id" }),
  })
  op.create_view("mails", "SELECT email FROM users")
end

function downgrade()
  op.drop_view("mails")
  -- review: deletes the table's rows
  op.drop_table("users")
  -- review: deletes the table's rows
  op.drop_table("teams")
end

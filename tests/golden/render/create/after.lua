return sql.schema{
  sql.table("users", {
    sql.column("id", sql.bigint, { primary_key = true }),
    sql.column("email", sql.string(320), { nullable = false, unique = true }),
    sql.column("team_id", sql.integer, { references = "teams.id", ondelete = "SET NULL", index = true }),
    sql.column("balance", sql.numeric(12, 2), { nullable = false, server_default = 0 }),
    sql.column("created_at", sql.timestamp, { server_default = sql.expr("CURRENT_TIMESTAMP") }),
    sql.check("length(email) > 3", { name = "email_is_long_enough" }),
  }),
  sql.table("teams", {
    sql.column("id", sql.integer, { primary_key = true }),
    sql.column("name", sql.string(50), { nullable = false, server_default = "it's \"new\"" }),
  }),
  sql.view("mails", "SELECT email FROM users"),
}

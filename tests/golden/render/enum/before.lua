return sql.schema{
  sql.table("accounts", {
    sql.column("id", sql.integer, { primary_key = true }),
    sql.column("role", sql.enum("role", { "admin", "client" }), { nullable = false, server_default = "client" }),
  }),
}

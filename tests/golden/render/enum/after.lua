return sql.schema{
  sql.table("accounts", {
    sql.column("id", sql.integer, { primary_key = true }),
    sql.column("role", sql.enum("role", { "owner", "client", "guest" }), {
      nullable = false, server_default = "client",
    }),
    sql.column("mood", sql.enum("mood", { "sad", "it's ok" })),
  }),
}

return sql.schema{
  sql.table("posts", {
    sql.column("id", sql.integer, { primary_key = true }),
    sql.column("slug", sql.string(50)),
    sql.column("closed", sql.integer),
    sql.index("ix_posts_slug", { "slug" }),
  }),
}

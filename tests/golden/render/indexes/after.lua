local indexes = vm.dialect == "mariadb"
    and { sql.index("ix_posts_start", { { "slug", length = 10 } }) }
  or {
    sql.index("ix_posts_lower", { sql.expr("lower(slug)") }, { unique = true }),
    sql.index("ix_posts_open", { { "id", descending = true }, "slug" }, { where = "closed IS NULL" }),
  }
local items = {
  sql.column("id", sql.integer, { primary_key = true }),
  sql.column("slug", sql.string(50)),
  sql.column("closed", sql.integer, { index = true }),
  sql.index("ix_posts_slug", { "slug", "closed" }),
}
for _, index in ipairs(indexes) do
  table.insert(items, index)
end
return sql.schema{ sql.table("posts", items) }

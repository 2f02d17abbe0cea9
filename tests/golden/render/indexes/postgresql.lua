function upgrade()
  op.drop_index("ix_posts_slug", "posts")
  op.create_index("ix_posts_closed", "posts", { "closed" })
  -- review: fails while rows are alike
  op.create_index("ix_posts_lower", "posts", { sql.expr("lower(slug)") }, { unique = true })
  op.create_index("ix_posts_open", "posts", { { "id", descending = true }, "slug" }, { where = "closed IS NULL" })
  op.create_index("ix_posts_slug", "posts", { "slug", "closed" })
end

function downgrade()
  op.drop_index("ix_posts_closed", "posts")
  op.drop_index("ix_posts_lower", "posts")
  op.drop_index("ix_posts_open", "posts")
  op.drop_index("ix_posts_slug", "posts")
  op.create_index("ix_posts_slug", "posts", { "slug" })
end

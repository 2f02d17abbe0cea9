function upgrade()
  op.drop_index("ix_posts_slug", "posts")
  op.create_index("ix_posts_closed", "posts", { "closed" })
  op.create_index("ix_posts_slug", "posts", { "slug", "closed" })
  op.create_index("ix_posts_start", "posts", { { "slug", length = 10 } })
end

function downgrade()
  op.drop_index("ix_posts_closed", "posts")
  op.drop_index("ix_posts_slug", "posts")
  op.drop_index("ix_posts_start", "posts")
  op.create_index("ix_posts_slug", "posts", { "slug" })
end

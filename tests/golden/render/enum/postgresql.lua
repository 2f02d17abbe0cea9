function upgrade()
  -- review: fails while a row holds a removed value
  op.alter_enum("role", {
    add = { { "owner", before = "client" }, { "guest", after = "client" } },
    remove = { "admin" },
  })
  op.add_column("accounts", sql.column("mood", sql.enum("mood", { "sad", "it's ok" })))
end

function downgrade()
  -- review: fails while a row holds a removed value
  op.alter_enum("role", { add = { "admin", before = "client" }, remove = { "owner", "guest" } })
  -- review: deletes the column's values
  op.drop_column("accounts", "mood")
  op.drop_enum("mood")
end

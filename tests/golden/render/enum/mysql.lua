function upgrade()
  op.add_column("accounts", sql.column("mood", sql.enum("mood", { "sad", "it's ok" })))
  -- review: rewrites the table; values that do not fit the new type end it
  op.alter_column("accounts", "role", {
    type = sql.enum("role", { "owner", "client", "guest" }),
    existing_nullable = false,
  })
end

function downgrade()
  -- review: rewrites the table; values that do not fit the new type end it
  op.alter_column("accounts", "role", { type = sql.enum("enum", { "admin", "client" }), existing_nullable = false })
  -- review: deletes the column's values
  op.drop_column("accounts", "mood")
end

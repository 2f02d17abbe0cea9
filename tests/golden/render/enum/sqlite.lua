function upgrade()
  op.batch_alter_table("accounts", function(batch)
    batch.add_column(sql.column("mood", sql.enum("mood", { "sad", "it's ok" })))
    -- review: rewrites the table; values that do not fit the new type end it
    batch.alter_column("role", { type = sql.enum("role", { "owner", "client", "guest" }), existing_nullable = false })
  end)
end

function downgrade()
  op.batch_alter_table("accounts", function(batch)
    -- review: rewrites the table; values that do not fit the new type end it
    batch.alter_column("role", { type = sql.enum("role", { "admin", "client" }), existing_nullable = false })
    -- review: deletes the column's values
    batch.drop_column("mood")
  end)
end

function upgrade()
  op.batch_alter_table("grants", function(batch)
    batch.drop_constraint("grants_pkey", { type = "primary" })
    batch.create_primary_key(nil, { "user_id", "role_id" })
  end)
end

function downgrade()
  op.batch_alter_table("grants", function(batch)
    batch.drop_constraint("grants_pkey", { type = "primary" })
    batch.alter_column("user_id", { autoincrement = false, existing_type = sql.integer, existing_nullable = false })
    batch.create_primary_key(nil, { "user_id" })
  end)
end

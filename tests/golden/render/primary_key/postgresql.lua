function upgrade()
  op.drop_constraint("grants_pkey", "grants", { type = "primary" })
  op.create_primary_key("grants_pkey", "grants", { "user_id", "role_id" })
end

function downgrade()
  op.drop_constraint("grants_pkey", "grants", { type = "primary" })
  op.create_primary_key("grants_pkey", "grants", { "user_id" })
end

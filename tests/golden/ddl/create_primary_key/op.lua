op.create_primary_key("pk_members", "members", { "user_id", "team_id" })

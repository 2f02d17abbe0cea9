op.create_foreign_key("fk_users_team", "users", "teams", { "age" }, { "id" }, { match = "full" })

op.create_table("members", { sql.column("user_id", sql.integer, { nullable = false }), sql.column("team_id", sql.integer, { nullable = false }) })

op.create_index("ix_users_email", "users", { "email" }, { mysql_length = 10, mysql_using = "btree" })
op.create_index("ft_users_email", "users", { "email" }, { mysql_prefix = "FULLTEXT" })

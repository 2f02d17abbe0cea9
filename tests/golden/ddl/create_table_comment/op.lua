op.create_table_comment("users", "people who can log in")

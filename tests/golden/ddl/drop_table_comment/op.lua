op.drop_table_comment("notes")

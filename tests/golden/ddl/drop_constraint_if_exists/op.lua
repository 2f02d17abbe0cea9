op.drop_constraint("ck_nowhere", "pairs", { if_exists = true })

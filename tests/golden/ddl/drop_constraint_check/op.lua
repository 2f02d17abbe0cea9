op.drop_constraint("ck_b", "pairs", { type = "check" })

op.drop_constraint("uq_ab", "pairs", { type = "unique" })

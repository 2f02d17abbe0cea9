op.drop_constraint("fk_a", "pairs", { type = "foreignkey" })

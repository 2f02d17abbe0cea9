op.drop_constraint("fk_a", "pairs")
op.drop_constraint("ck_b", "pairs")

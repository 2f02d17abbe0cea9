op.drop_constraint("words_pkey", "words", { type = "primary" })

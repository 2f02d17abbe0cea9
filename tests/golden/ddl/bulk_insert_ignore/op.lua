op.bulk_insert("users", { { id = 1, email = "a" }, { id = 1, email = "b" } }, { on_conflict = "ignore" })

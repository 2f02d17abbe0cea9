op.bulk_insert("users", { { id = 1, email = "a" } }, { on_conflict = "(id) DO UPDATE SET email = excluded.email" })

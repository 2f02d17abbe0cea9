op.create_trigger("tr", "users", { timing = "after", events = { "insert", "delete" }, body = "touch()" })

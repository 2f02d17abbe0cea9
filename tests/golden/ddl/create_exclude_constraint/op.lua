op.create_exclude_constraint("one_at_a_time", "bookings", { { "during", "&&" } }, { using = "gist", where = "room > 0" })

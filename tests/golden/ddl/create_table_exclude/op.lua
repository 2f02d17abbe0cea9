op.create_table("bookings", { sql.column("during", sql.tsrange), sql.exclude({ { "during", "&&" } }, { name = "one_at_a_time" }) })

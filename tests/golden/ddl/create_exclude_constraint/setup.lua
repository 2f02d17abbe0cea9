op.create_table("bookings", { sql.column("room", sql.integer), sql.column("during", vm.dialect == "postgresql" and sql.tsrange or sql.text) })

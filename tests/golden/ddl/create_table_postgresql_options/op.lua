op.create_table("events", { sql.column("day", sql.date, { nullable = false }) }, { postgresql_partition_by = "RANGE (day)" })
op.create_table("fast", { sql.column("a", sql.integer) }, { postgresql_unlogged = true, postgresql_with = { fillfactor = 70 } })

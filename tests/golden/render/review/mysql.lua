function upgrade()
  op.create_table("owners", {
    sql.column("id", sql.integer, { primary_key = true }),
  })
  -- review: fails on a table with rows: NOT NULL without a server_default
  op.add_column("events", sql.column("at", sql.date, { nullable = false }))
  -- review: fails while the column holds NULL
  op.alter_column("events", "kind", { nullable = false, existing_type = sql.string(20) })
  -- review: deletes the column's values
  op.drop_column("events", "payload")
  -- review: fails while rows are alike
  op.create_unique_constraint("uq_events_at", "events", { "at", "kind" })
  -- review: fails while rows are alike
  op.create_unique_constraint("uq_events_kind", "events", { "kind" })
  op.create_index("fk_events_owner", "events", { "owner_id" })
  -- review: fails while a row refers to nothing
  op.create_foreign_key("fk_events_owner", "events", "owners", { "owner_id" }, { "id" })
  -- review: deletes the table's rows
  op.drop_table("old_events")
end

function downgrade()
  op.drop_constraint("fk_events_owner", "events", { type = "foreignkey" })
  op.drop_index("fk_events_owner", "events")
  op.drop_constraint("uq_events_kind", "events", { type = "unique" })
  op.drop_constraint("uq_events_at", "events", { type = "unique" })
  op.create_table("old_events", {
    sql.column("id", sql.integer, { primary_key = true }),
  }, { mysql_charset = "utf8mb4", mysql_collate = "utf8mb4_general_ci", mysql_engine = "InnoDB" })
  op.add_column("events", sql.column("payload", sql.text))
  op.alter_column("events", "kind", { nullable = true, existing_type = sql.string(20) })
  -- review: deletes the column's values
  op.drop_column("events", "at")
  -- review: deletes the table's rows
  op.drop_table("owners")
end

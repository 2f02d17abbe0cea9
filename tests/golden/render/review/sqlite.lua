function upgrade()
  op.create_table("owners", {
    sql.column("id", sql.integer, { primary_key = true }),
  })
  op.batch_alter_table("events", function(batch)
    -- review: fails on a table with rows: NOT NULL without a server_default
    batch.add_column(sql.column("at", sql.date, { nullable = false }))
    -- review: fails while the column holds NULL
    batch.alter_column("kind", { nullable = false, existing_type = sql.string(20) })
    -- review: deletes the column's values
    batch.drop_column("payload")
    -- review: fails while rows are alike
    batch.create_unique_constraint("uq_events_kind", { "kind" })
    -- review: fails while rows are alike
    batch.create_index("uq_events_at", { "at", "kind" }, { unique = true })
    -- review: fails while a row refers to nothing
    batch.create_foreign_key("fk_events_owner", "owners", { "owner_id" }, { "id" })
  end)
  -- review: deletes the table's rows
  op.drop_table("old_events")
end

function downgrade()
  op.batch_alter_table("events", function(batch)
    batch.drop_constraint("fk_events_owner", { type = "foreignkey" })
    batch.drop_index("uq_events_at")
    batch.drop_constraint("uq_events_kind", { type = "unique" })
    batch.add_column(sql.column("payload", sql.text))
    batch.alter_column("kind", { nullable = true, existing_type = sql.string(20) })
    -- review: deletes the column's values
    batch.drop_column("at")
  end)
  op.create_table("old_events", {
    sql.column("id", sql.integer, { primary_key = true }),
  })
  -- review: deletes the table's rows
  op.drop_table("owners")
end

op.batch_alter_table("users", function(batch)
  batch.add_column(sql.column("nickname", sql.string(50)), { insert_after = "id" })
  batch.add_column(sql.column("first", sql.integer), { insert_before = "id" })
end)

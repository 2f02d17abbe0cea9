op.batch_alter_table("users", { recreate = "always" }, function(batch)
  batch.add_column(sql.column("nickname", sql.string(50)))
end)

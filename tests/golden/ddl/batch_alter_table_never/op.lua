op.batch_alter_table("users", { recreate = "never" }, function(batch)
  batch.alter_column("age", { nullable = false })
end)

function upgrade()
  op.batch_alter_table("boxes", function(batch)
    -- review: deletes the column's values
    batch.drop_column("area")
    batch.add_column(sql.column("area", sql.integer, { computed = { "width * width", persisted = true } }))
  end)
end

function downgrade()
  op.batch_alter_table("boxes", function(batch)
    -- review: deletes the column's values
    batch.drop_column("area")
    batch.add_column(sql.column("area", sql.integer, { computed = { "width * 2", persisted = true } }))
  end)
end

function upgrade()
  -- review: deletes the column's values
  op.drop_column("boxes", "area")
  op.add_column("boxes", sql.column("area", sql.integer, { computed = { "width * width", persisted = true } }))
end

function downgrade()
  -- review: deletes the column's values
  op.drop_column("boxes", "area")
  op.add_column("boxes", sql.column("area", sql.integer, { computed = { "(width * 2)", persisted = true } }))
end

function upgrade()
  op.add_column("products", sql.column("weight", sql.double))
  op.add_column("products", sql.column("sku", sql.string(20), { unique = true }))
  -- review: rewrites the table; values that do not fit the new type end it
  op.alter_column("products", "name", { type = sql.string(200), nullable = false })
  -- review: rewrites the table; values that do not fit the new type end it
  op.alter_column("products", "price", { type = sql.numeric(12, 4), server_default = "1.50", existing_nullable = true })
  -- review: rewrites the table; values that do not fit the new type end it
  op.alter_column("products", "stock", { type = sql.bigint, nullable = true, server_default = sql.null })
  -- review: deletes the column's values
  op.drop_column("products", "note")
  -- review: fails while a row breaks it
  op.create_check_constraint(op.f("price_is_possible"), "products", "price >= 0")
end

function downgrade()
  op.drop_constraint("price_is_possible", "products", { type = "check" })
  op.add_column("products", sql.column("note", sql.text))
  -- review: rewrites the table; values that do not fit the new type end it
  op.alter_column("products", "name", { type = sql.string(50), nullable = true })
  -- review: rewrites the table; values that do not fit the new type end it
  op.alter_column("products", "price", {
    type = sql.numeric(8, 2),
    server_default = sql.null,
    existing_nullable = true,
  })
  -- review: rewrites the table; values that do not fit the new type end it
  op.alter_column("products", "stock", { type = sql.integer, nullable = false, server_default = 0 })
  -- review: deletes the column's values
  op.drop_column("products", "weight")
  -- review: deletes the column's values
  op.drop_column("products", "sku")
end

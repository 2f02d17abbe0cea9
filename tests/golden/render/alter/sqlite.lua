function upgrade()
  op.batch_alter_table("products", function(batch)
    batch.add_column(sql.column("weight", sql.double))
    batch.add_column(sql.column("sku", sql.string(20), { unique = true }))
    -- review: rewrites the table; values that do not fit the new type end it
    batch.alter_column("name", { type = sql.string(200), nullable = false })
    -- review: rewrites the table; values that do not fit the new type end it
    batch.alter_column("price", { type = sql.numeric(12, 4), server_default = "1.50", existing_nullable = true })
    -- review: rewrites the table; values that do not fit the new type end it
    batch.alter_column("stock", { type = sql.bigint, nullable = true, server_default = sql.null })
    -- review: deletes the column's values
    batch.drop_column("note")
    -- review: fails while a row breaks it
    batch.create_check_constraint(op.f("price_is_possible"), "price >= 0")
  end)
end

function downgrade()
  op.batch_alter_table("products", function(batch)
    batch.drop_constraint("price_is_possible", { type = "check" })
    batch.add_column(sql.column("note", sql.text))
    -- review: rewrites the table; values that do not fit the new type end it
    batch.alter_column("name", { type = sql.string(50), nullable = true })
    -- review: rewrites the table; values that do not fit the new type end it
    batch.alter_column("price", { type = sql.numeric(8, 2), server_default = sql.null, existing_nullable = true })
    -- review: rewrites the table; values that do not fit the new type end it
    batch.alter_column("stock", { type = sql.integer, nullable = false, server_default = 0 })
    -- review: deletes the column's values
    batch.drop_column("weight")
    -- review: deletes the column's values
    batch.drop_column("sku")
  end)
end

-- all that leaves a transaction
revision = "h1"
down_revision = nil

function upgrade()
  op.create_table("counter", {
    sql.column("id", sql.integer, { primary_key = true, autoincrement = false }),
    sql.column("n", sql.integer, { nullable = false }),
  })
  op.create_table("items", {
    sql.column("id", sql.integer, { primary_key = true }),
    sql.column("name", sql.string(40)),
    sql.column("price", sql.integer),
  })
  op.bulk_insert("counter", { { id = 1, n = 0 }, { id = 2, n = 0 } })
  op.bulk_insert("items", {
    { id = 1, name = "a", price = 1 },
    { id = 2, name = "b", price = 2 },
    { id = 3, name = "c", price = 3 },
  })
  local db = op.get_bind()
  op.autocommit_block(function()
    op.execute("UPDATE counter SET n = n + 1 WHERE id = 1")
    op.create_index("ix_items_price", "items", { "price" }, { postgresql_concurrently = true })
    op.execute("UPDATE counter SET n = n + 1 WHERE id = 1")
  end)
  -- What is asked here has another answer once the migration ran half.
  if not op.has_column("items", "stock") then op.add_column("items", sql.column("stock", sql.integer)) end
  if db:scalar("SELECT count(*) FROM items WHERE name = 'd'") == 0 then
    db:execute("INSERT INTO items (id, name, price) VALUES (4, :name, 4)", { name = "d" })
  end
  for row in db:rows("SELECT id FROM items WHERE stock IS NULL ORDER BY id") do
    db:execute("UPDATE items SET stock = :stock WHERE id = :id", { id = row.id, stock = row.id * 10 })
  end
  op.execute("UPDATE counter SET n = n + 1 WHERE id = 2")
  op.autocommit_block(function() op.create_index("ix_items_name", "items", { "name" }, { unique = true }) end)
  op.batch_alter_table("items", function(batch)
    batch.add_column(sql.column("color", sql.string(10), { server_default = "red" }))
    batch.alter_column("name", { nullable = false })
    batch.create_index("ix_items_color", { "color" })
  end)
end

function downgrade()
  op.execute("UPDATE counter SET n = n + 1 WHERE id = 1")
  op.autocommit_block(function() op.drop_index("ix_items_name", "items", { postgresql_concurrently = true }) end)
  op.drop_table("items")
  op.drop_table("counter")
end

-- nothing in a transaction
revision = "h2"
down_revision = "h1"
transaction = false

function upgrade()
  op.execute("INSERT INTO counter (id, n) VALUES (3, 0)")
  op.create_table("prices", {
    sql.column("id", sql.integer, { primary_key = true }),
    sql.column("item", sql.integer, { references = "items.id", index = true }),
    sql.column("amount", sql.integer, { index = true }),
  })
  for i = 1, 3 do op.execute("UPDATE counter SET n = n + " .. i .. " WHERE id = 3") end
  op.execute("INSERT INTO prices (id, item, amount) SELECT id, id, price FROM items")
  op.rename_table("prices", "item_prices")
  op.alter_column("item_prices", "amount", { new_column_name = "cents" })
  op.create_view("cheap", "SELECT id, cents FROM item_prices WHERE cents < 3")
  op.drop_view("cheap")
  op.execute("UPDATE counter SET n = n + 10 WHERE id = 3")
  if vm.dialect == "postgresql" then op.execute("VACUUM counter") end
  if vm.dialect == "sqlite" then op.execute("VACUUM") end
end

function downgrade()
  op.drop_table("item_prices")
  op.execute("DELETE FROM counter WHERE id = 3")
end

function upgrade()
  op.drop_view("a_top")
  op.drop_view("z_base")
  -- review: rewrites the table; values that do not fit the new type end it
  op.alter_column("orders", "total", { type = sql.bigint, existing_nullable = false })
  op.create_view("z_base", "SELECT id, total FROM orders")
  op.create_view("a_top", "SELECT id FROM z_base WHERE total > 100")
  op.create_view("b_sum", "SELECT count(*) AS n FROM a_top")
end

function downgrade()
  op.drop_view("b_sum")
  op.drop_view("a_top")
  op.drop_view("z_base")
  -- review: rewrites the table; values that do not fit the new type end it
  op.alter_column("orders", "total", { type = sql.integer, existing_nullable = false })
  op.create_view("z_base", [[
SELECT orders.id,
    orders.total
   FROM orders]])
  op.create_view("a_top", [[
SELECT z_base.id
   FROM z_base
  WHERE z_base.total > 10]])
end

function upgrade()
  op.drop_view("a_top")
  -- review: rewrites the table; values that do not fit the new type end it
  op.alter_column("orders", "total", { type = sql.bigint, existing_nullable = false })
  op.create_view("a_top", "SELECT id FROM z_base WHERE total > 100")
  op.create_view("b_sum", "SELECT count(*) AS n FROM a_top")
end

function downgrade()
  op.drop_view("b_sum")
  op.drop_view("a_top")
  -- review: rewrites the table; values that do not fit the new type end it
  op.alter_column("orders", "total", { type = sql.integer, existing_nullable = false })
  op.create_view("a_top", "select `z_base`.`id` AS `id` from `z_base` where `z_base`.`total` > 10")
end

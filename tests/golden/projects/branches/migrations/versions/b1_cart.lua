-- carts
--
-- Revision:  b1
-- Created:   2026-02-01 10:00:00 UTC

revision      = "b1"
down_revision = "a1"
branch_labels = "shop"
depends_on    = nil

function upgrade()
  op.create_table("cart", { sql.column("id", sql.integer) })
end

function downgrade()
  op.drop_table("cart")
end

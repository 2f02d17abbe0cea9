-- items of carts
--
-- Revision:  b2
-- Created:   2026-02-01 10:00:00 UTC

revision      = "b2"
down_revision = "b1"
branch_labels = nil
depends_on    = nil

function upgrade()
  op.create_table("cart_item", { sql.column("id", sql.integer) })
end

function downgrade()
  op.drop_table("cart_item")
end

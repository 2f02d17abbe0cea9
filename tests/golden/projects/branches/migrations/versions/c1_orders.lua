-- orders
--
-- Revision:  c1
-- Created:   2026-02-01 10:00:00 UTC

revision      = "c1"
down_revision = "a1"
branch_labels = nil
depends_on    = nil

function upgrade()
  op.create_table("orders", { sql.column("id", sql.integer) })
end

function downgrade()
  op.drop_table("orders")
end

-- create customers
--
-- Revision:  a1
-- Created:   2026-02-01 10:00:00 UTC

revision      = "a1"
down_revision = nil
branch_labels = nil
depends_on    = nil

function upgrade()
  op.create_table("customers", { sql.column("id", sql.integer, { primary_key = true }), sql.column("name", sql.text) })
end

function downgrade()
  op.drop_table("customers")
end

-- the base
--
-- Revision:  a1
-- Created:   2026-02-01 10:00:00 UTC

revision      = "a1"
down_revision = nil
branch_labels = nil
depends_on    = nil

function upgrade()
  op.create_table("base", { sql.column("id", sql.integer) })
end

function downgrade()
  op.drop_table("base")
end

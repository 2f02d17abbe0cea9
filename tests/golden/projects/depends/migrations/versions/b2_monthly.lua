-- monthly reports
--
-- Revision:  b2
-- Created:   2026-02-01 10:00:00 UTC

revision      = "b2"
down_revision = "b1"
branch_labels = nil
depends_on    = "a2"

function upgrade()
  op.create_table("monthly", { sql.column("id", sql.integer) })
end

function downgrade()
  op.drop_table("monthly")
end

-- reports
--
-- Revision:  b1
-- Created:   2026-02-01 10:00:00 UTC

revision      = "b1"
down_revision = nil
branch_labels = "reports"
depends_on    = nil

function upgrade()
  op.create_table("report", { sql.column("id", sql.integer) })
end

function downgrade()
  op.drop_table("report")
end

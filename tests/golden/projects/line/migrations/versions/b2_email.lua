-- add email to customers
--
-- Revision:  b2
-- Created:   2026-02-01 10:00:00 UTC

revision      = "b2"
down_revision = "a1"
branch_labels = nil
depends_on    = nil

function upgrade()
  op.add_column("customers", sql.column("email", sql.text))
end

function downgrade()
  op.drop_column("customers", "email")
end

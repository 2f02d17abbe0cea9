-- index the email
--
-- Revision:  c3
-- Created:   2026-02-01 10:00:00 UTC

revision      = "c3"
down_revision = "b2"
branch_labels = nil
depends_on    = nil

function upgrade()
  op.create_index("ix_customers_email", "customers", { "email" })
end

function downgrade()
  op.drop_index("ix_customers_email", "customers")
end

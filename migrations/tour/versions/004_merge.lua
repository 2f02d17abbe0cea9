-- merge contacts and payments
--
-- Two people worked at the same time; from here on there is one line again.
--
-- Revision:  004_merge
-- Revises:   003_contacts, 003_payments
-- Created:   2026-02-04 09:00:00 UTC

revision      = "004_merge"
down_revision = { "003_contacts", "003_payments" }

function upgrade()
end

function downgrade()
end

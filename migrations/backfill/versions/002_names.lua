-- full names and comparable addresses, by a function of ours
--
-- Revision:  002_names
-- Revises:   001_customers
-- Created:   2025-10-22 12:00:00 UTC

local people = require "people"

revision      = "002_names"
down_revision = "001_customers"

-- One row in, the columns to set out; nil leaves the row. At the top level and not local: workers load it too.
function normalise(row)
  local email = people.normal_email(row.email)
  if row.email and not email then error("no e-mail address: " .. row.email) end
  return { full_name = people.full_name(row.first_name, row.last_name), normal_email = email }
end

function upgrade()
  op.add_column("customers", sql.column("full_name", sql.text))
  op.add_column("customers", sql.column("normal_email", sql.text))
  op.backfill("customers", {
    columns = { "first_name", "last_name", "email" },
    where = "full_name IS NULL",
    batch_size = "auto",
    on_error = "skip",
  }, normalise)
end

function downgrade()
  op.drop_column("customers", "normal_email")
  op.drop_column("customers", "full_name")
end

-- customers, and some to work on
--
-- Revision:  001_customers
-- Created:   2025-10-21 12:00:00 UTC

revision      = "001_customers"
down_revision = nil

function upgrade()
  op.create_table("customers", {
    sql.column("id", sql.bigint, { primary_key = true }),
    sql.column("first_name", sql.text),
    sql.column("last_name", sql.text),
    sql.column("email", sql.text),
  })
  local rows = {}
  for i = 1, 5000 do
    rows[i] = { first_name = "ada", last_name = "number " .. i, email = " Ada." .. i .. "@Example.ORG " }
  end
  rows[17].email = "no address"
  op.bulk_insert("customers", rows)
end

function downgrade()
  op.drop_table("customers")
end

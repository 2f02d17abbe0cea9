-- create customers
--
-- Revision:  001_customers
-- Revises:
-- Created:   2026-01-12 09:00:00 UTC

revision      = "001_customers"
down_revision = nil

function upgrade()
  op.create_table("customers", {
    sql.column("id", sql.integer, { primary_key = true }),
    sql.column("first_name", sql.string(80), { nullable = false }),
    sql.column("last_name", sql.string(80), { nullable = false }),
    sql.column("email", sql.string(254), { nullable = false, unique = true }),
    sql.column("phone", sql.string(40)),
    sql.column("created_at", sql.timestamptz, { nullable = false, server_default = sql.expr("CURRENT_TIMESTAMP") }),
  })
  op.create_index("ix_customers_name", "customers", { "last_name", "first_name" })

  -- The tour needs somebody to lend money to. Keys are left to the database, which starts at 1.
  op.bulk_insert("customers", {
    { first_name = "ada", last_name = "LOVELACE", email = "Ada@Example.org", phone = "+44 (0)20 7946 0018" },
    { first_name = "Grace", last_name = "hopper", email = "grace@example.com", phone = "001-202-555-0123" },
    { first_name = "Jean-Luc", last_name = "d'arcy", email = "JL@example.net", phone = "01 99 00 12 34" },
    { first_name = "Zoë", last_name = "Ångström", email = "zoe@example.org", phone = sql.null },
  })
end

function downgrade()
  op.drop_table("customers")
end

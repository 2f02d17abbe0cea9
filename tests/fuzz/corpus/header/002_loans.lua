-- create loans
--
-- Money is NUMERIC, never a float: sql.decimal carries every digit.
--
-- Revision:  002_loans
-- Revises:   001_customers
-- Created:   2026-01-13 10:30:00 UTC

revision      = "002_loans"
down_revision = "001_customers"

function upgrade()
  op.create_table("loans", {
    sql.column("id", sql.integer, { primary_key = true }),
    sql.column("customer_id", sql.integer, {
      nullable = false, index = true, references = "customers.id", ondelete = "RESTRICT",
    }),
    sql.column("principal", sql.numeric(12, 2), { nullable = false }),
    sql.column("currency", sql.char(3), { nullable = false, server_default = "EUR" }),
    sql.column("status", sql.enum("loan_status", { "open", "repaid", "defaulted" }), {
      nullable = false, server_default = "open",
    }),
    sql.column("opened_on", sql.date, { nullable = false }),
    sql.check("principal > 0", { name = "ck_loans_principal" }),
  })

  op.bulk_insert("loans", {
    { customer_id = 1, principal = sql.decimal("12000.00"), status = "open", opened_on = "2026-01-05" },
    { customer_id = 1, principal = sql.decimal("850.50"), status = "repaid", opened_on = "2025-03-17" },
    { customer_id = 2, principal = sql.decimal("4999.99"), status = "open", opened_on = "2025-11-30" },
  })
end

function downgrade()
  op.drop_table("loans")
  op.drop_enum("loan_status")
end

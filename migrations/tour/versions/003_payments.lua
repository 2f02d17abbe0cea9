-- create payments, with a record of every change
--
-- op.create_audited_table is an operation of this project: scripts/audit.lua defines it.
--
-- Revision:  003_payments
-- Revises:   002_loans
-- Created:   2026-02-03 16:45:00 UTC

revision      = "003_payments"
down_revision = "002_loans"
branch_labels = "payments"

function upgrade()
  op.create_audited_table("payments", {
    sql.column("id", sql.integer, { primary_key = true }),
    sql.column("loan_id", sql.integer, {
      nullable = false, index = true, references = "loans.id", ondelete = "CASCADE",
    }),
    sql.column("amount", sql.numeric(12, 2), { nullable = false }),
    sql.column("paid_on", sql.date, { nullable = false }),
    sql.check("amount > 0", { name = "ck_payments_amount" }),
  }, { watch = "amount" })

  op.bulk_insert("payments", {
    { loan_id = 1, amount = sql.decimal("1000.00"), paid_on = "2026-02-01" },
    { loan_id = 2, amount = sql.decimal("425.25"), paid_on = "2025-04-17" },
    { loan_id = 2, amount = sql.decimal("425.25"), paid_on = "2025-05-17" },
    { loan_id = 3, amount = sql.decimal("0.01"), paid_on = "2025-12-31" },
  })
end

function downgrade()
  op.drop_audited_table("payments")
end

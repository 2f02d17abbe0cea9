-- keep each loan's balance
--
-- Three steps that leave no moment in which the column lies: nullable, filled, then required.
--
-- Revision:  006_balance
-- Revises:   005_notes
-- Created:   2026-03-01 11:20:00 UTC

revision      = "006_balance"
down_revision = "005_notes"

function upgrade()
  op.add_column("loans", sql.column("balance", sql.numeric(12, 2)))
  op.execute([[
    UPDATE loans
       SET balance = principal - (SELECT COALESCE(SUM(amount), 0) FROM payments WHERE payments.loan_id = loans.id)]])
  op.alter_column("loans", "balance", { nullable = false })
  op.create_index("ix_loans_open_balance", "loans", { "status", "balance" })
end

function downgrade()
  op.drop_index("ix_loans_open_balance", "loans")
  op.drop_column("loans", "balance")
end

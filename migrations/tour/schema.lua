-- The schema that the migrations of the tour lead to: 'vm run check' holds a database against it, and
-- 'vm run revision --autogenerate' writes the migration that a change here needs.

-- How each database says "after an update of the amount, record it"; scripts/audit.lua makes the same.
local record = "INSERT INTO payments_changes (row_id, old_value, new_value) VALUES (OLD.id, OLD.amount, NEW.amount)"
local audit = {
  sqlite = {
    sql.trigger("payments_audit", "payments", {
      timing = "after", events = "update of amount", when = "OLD.amount <> NEW.amount", body = record,
    }),
  },
  postgresql = {
    sql.func("payments_audit", {
      returns = "trigger", language = "plpgsql", body = "BEGIN " .. record .. "; RETURN NEW; END",
    }),
    sql.trigger("payments_audit", "payments", {
      timing = "after", events = "update of amount", when = "OLD.amount IS DISTINCT FROM NEW.amount",
      body = "EXECUTE FUNCTION payments_audit()",
    }),
  },
  mariadb = {
    sql.trigger("payments_audit", "payments", {
      timing = "after", events = "update",
      body = "BEGIN IF OLD.amount <> NEW.amount THEN " .. record .. "; END IF; END",
    }),
  },
}
audit.mysql = audit.mariadb

return sql.schema({
  sql.table("customers", {
    sql.column("id", sql.integer, { primary_key = true }),
    sql.column("first_name", sql.string(80), { nullable = false }),
    sql.column("last_name", sql.string(80), { nullable = false }),
    sql.column("email", sql.string(254), { nullable = false, unique = true }),
    sql.column("phone", sql.string(40)),
    sql.column("created_at", sql.timestamptz, { nullable = false, server_default = sql.expr("CURRENT_TIMESTAMP") }),
    sql.column("phone_e164", sql.string(16)),
    sql.column("display_name", sql.string(161)),
    sql.column("notes", sql.text),
    sql.index("ix_customers_name", { "last_name", "first_name" }),
  }),

  sql.table("loans", {
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
    sql.column("balance", sql.numeric(12, 2), { nullable = false }),
    sql.check("principal > 0", { name = "ck_loans_principal" }),
    sql.index("ix_loans_open_balance", { "status", "balance" }),
  }),

  sql.table("payments", {
    sql.column("id", sql.integer, { primary_key = true }),
    sql.column("loan_id", sql.integer, {
      nullable = false, index = true, references = "loans.id", ondelete = "CASCADE",
    }),
    sql.column("amount", sql.numeric(12, 2), { nullable = false }),
    sql.column("paid_on", sql.date, { nullable = false }),
    sql.check("amount > 0", { name = "ck_payments_amount" }),
  }),

  sql.table("payments_changes", {
    sql.column("id", sql.integer, { primary_key = true }),
    sql.column("row_id", sql.integer, { nullable = false, index = true }),
    sql.column("old_value", sql.text),
    sql.column("new_value", sql.text),
    sql.column("changed_at", sql.timestamptz, { nullable = false, server_default = sql.expr("CURRENT_TIMESTAMP") }),
  }),

  audit[vm.dialect],
})

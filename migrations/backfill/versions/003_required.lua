-- what is left gets a value by SQL, then the column is required
--
-- Revision:  003_required
-- Revises:   002_names
-- Created:   2025-10-23 12:00:00 UTC

revision      = "003_required"
down_revision = "002_names"

function upgrade()
  op.backfill("customers", {
    set = { full_name = sql.expr("coalesce(last_name, first_name, '?')") },
    where = "full_name IS NULL",
  })
  op.alter_column("customers", "full_name", { nullable = false })
end

function downgrade()
  op.alter_column("customers", "full_name", { nullable = true })
end

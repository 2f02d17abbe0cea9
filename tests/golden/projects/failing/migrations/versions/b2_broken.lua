-- goes wrong
--
-- Revision:  b2
-- Created:   2026-02-01 10:00:00 UTC

revision      = "b2"
down_revision = "a1"

function upgrade()
  op.create_table("half_done", { sql.column("id", sql.integer) })
  local settings = nil
  op.execute("SELECT " .. settings.name)
end

function downgrade()
end

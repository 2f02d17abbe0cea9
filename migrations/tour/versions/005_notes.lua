-- add notes where nobody added them by hand
--
-- Support added the column on some databases before there was a migration for it; this one takes it as it finds it.
--
-- Revision:  005_notes
-- Revises:   004_merge
-- Created:   2026-02-20 14:05:00 UTC

revision      = "005_notes"
down_revision = "004_merge"

function upgrade()
  if not op.has_column("customers", "notes") then
    op.add_column("customers", sql.column("notes", sql.text))
  end
  if not vm.offline and op.has_table("customer_notes_old") then -- there is nothing to ask when SQL is only printed
    op.drop_table("customer_notes_old")
  end
end

function downgrade()
  op.drop_column("customers", "notes")
end

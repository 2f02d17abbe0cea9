-- clean up names and phone numbers
--
-- A data migration: rows are read, changed with string functions no database has in common, and written back.
--
-- Revision:  003_contacts
-- Revises:   002_loans
-- Created:   2026-02-02 08:15:00 UTC

revision      = "003_contacts"
down_revision = "002_loans"
branch_labels = "contacts"

local contact = require "contact"

function upgrade()
  op.add_column("customers", sql.column("phone_e164", sql.string(16)))
  op.add_column("customers", sql.column("display_name", sql.string(161)))

  if vm.offline then
    log.warn("customers.phone_e164 and display_name are filled by an online upgrade only")
    return
  end

  local db = op.get_bind()
  local without_phone = 0
  for _, customer in ipairs(db:all("SELECT id, first_name, last_name, email, phone FROM customers ORDER BY id")) do
    local phone = contact.e164(customer.phone, "33")
    if not phone then without_phone = without_phone + 1 end
    db:execute([[
      UPDATE customers
         SET phone_e164 = :phone, display_name = :name, email = :email
       WHERE id = :id]], {
      id    = customer.id,
      phone = phone or sql.null,
      name  = contact.title(customer.first_name) .. " " .. contact.title(customer.last_name),
      email = customer.email:lower(),
    })
  end
  if without_phone > 0 then log.info("customers without a phone number: " .. without_phone) end
end

function downgrade()
  -- The lower-case addresses stay: they mean the same.
  op.drop_column("customers", "display_name")
  op.drop_column("customers", "phone_e164")
end

local contact = require "contact"

return {
  ["a title starts every word with a capital"] = function(check)
    check.equal(contact.title("ada"), "Ada")
    check.equal(contact.title("LOVELACE"), "Lovelace")
    check.equal(contact.title("jean-luc"), "Jean-Luc")
    check.equal(contact.title("d'arcy"), "D'Arcy")
  end,

  ["letters outside ASCII stay as they are"] = function(check)
    check.equal(contact.title("zoë"), "Zoë")
    check.equal(contact.title("Ångström"), "Ångström")
  end,

  ["a phone number loses everything but its digits"] = function(check)
    check.equal(contact.e164("+44 (0)20 7946 0018", "33"), "+442079460018")
    check.equal(contact.e164("001-202-555-0123", "33"), "+12025550123")
  end,

  ["a number without a calling code gets the country's"] = function(check)
    check.equal(contact.e164("01 99 00 12 34", "33"), "+33199001234")
  end,

  ["no number stays no number"] = function(check)
    check.equal(contact.e164(nil, "33"), nil)
    check.equal(contact.e164(" - ", "33"), nil)
  end,
}

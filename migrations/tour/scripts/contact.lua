-- How this project writes names and phone numbers.
local contact = {}

--- "jean-luc" -> "Jean-Luc", "d'arcy" -> "D'Arcy", "LOVELACE" -> "Lovelace". Letters outside ASCII stay as they are.
function contact.title(name)
  local titled = name:lower():gsub("([%w\128-\255])([%w\128-\255]*)", function(first, rest)
    return first:upper() .. rest
  end)
  return titled
end

--- A phone number as E.164 ("+442079460018"), or nil when there is none; `country` is the calling code of numbers that
--- are written without one.
function contact.e164(phone, country)
  if not phone then return nil end
  local digits = phone:gsub("%(0%)", ""):gsub("[^%d+]", "")
  digits = digits:gsub("^00", "+")
  if digits == "" then return nil end
  if digits:sub(1, 1) ~= "+" then digits = "+" .. country .. digits:gsub("^0", "") end
  return digits
end

return contact

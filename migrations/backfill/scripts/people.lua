-- How names and addresses are written. Several workers, and other processes, load this file for themselves.
local names = require "vm.names"

local people = {}

--- "ada", "lovelace" -> "Ada Lovelace"
function people.full_name(first, last)
  if first == nil then return last and names.title(last) end
  if last == nil then return names.title(first) end
  return names.title(first) .. " " .. names.title(last)
end

--- An e-mail address in the form in which two of them can be compared; nil for what is none.
function people.normal_email(text)
  local trimmed = text and text:match("^%s*(%S+@%S+)%s*$")
  return trimmed and trimmed:lower()
end

return people

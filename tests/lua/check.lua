-- What a test says about values. Each raises at the line of the test.
local check = {}

local function shown(value)
  return type(value) == "string" and string.format("%q", value) or tostring(value)
end

function check.equal(actual, expected)
  if actual ~= expected then error(string.format("%s, expected %s", shown(actual), shown(expected)), 2) end
end

--- `action` raises an error whose text contains `text`.
function check.raises(action, text)
  local ok, message = pcall(action)
  if ok then error("nothing was raised", 2) end
  if not tostring(message):find(text, 1, true) then
    error(string.format("%s does not contain %s", shown(tostring(message)), shown(text)), 2)
  end
end

return check

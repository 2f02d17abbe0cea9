--- Pieces of a migration that only some databases run.
---
---   local when = require "vm.when"
---   when.dialect({ postgresql = function() … end, default = function() … end })
---   if when.at_least("10.7") then … end
local when = {}

local known = { sqlite = true, postgresql = true, mysql = true, mariadb = true, default = true }

--- Runs the function that stands under the connected database's name, else the one under `default`. `mysql` serves
--- MariaDB too where `mariadb` is not given. Returns what the function returns.
function when.dialect(cases)
  for name in pairs(cases) do
    if not known[name] then
      error("when.dialect: '" .. tostring(name) .. "' is no database: sqlite, postgresql, mysql, mariadb, default", 2)
    end
  end
  local case = cases[vm.dialect] or (vm.dialect == "mariadb" and cases.mysql) or cases.default
  if case then return case() end
end

--- Whether version `a` is `b` or later, number by number: "10.11.6" is later than "10.7".
function when.not_before(a, b)
  local left, right = {}, {}
  for number in a:gmatch("%d+") do left[#left + 1] = tonumber(number) end
  for number in b:gmatch("%d+") do right[#right + 1] = tonumber(number) end
  for i = 1, math.max(#left, #right) do
    local x, y = left[i] or 0, right[i] or 0
    if x ~= y then return x > y end
  end
  return true
end

--- Whether the connected server is of this version or later. Offline, where no version is known, it is not.
function when.at_least(version)
  if not vm.server_version or vm.server_version == "" then return false end
  return when.not_before(vm.server_version, version)
end

return when

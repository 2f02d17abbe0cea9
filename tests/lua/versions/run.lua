-- run the suite that -x suite=NAME names
--
-- A suite is a module that returns a table: sentence -> function(check). The runner fails when one of them does, and
-- when a suite is empty.

revision = "run"

local check = require "check"

function upgrade()
  local name = assert(vm.args.suite, "which suite? -x suite=NAME")
  local suite = require(name)
  local sentences = {}
  for sentence in pairs(suite) do sentences[#sentences + 1] = sentence end
  table.sort(sentences)
  assert(#sentences > 0, name .. " has no tests")

  local failed = {}
  for _, sentence in ipairs(sentences) do
    local ok, message = pcall(suite[sentence], check)
    if not ok then failed[#failed + 1] = sentence .. ": " .. tostring(message) end
  end
  if #failed > 0 then
    error(string.format("%d of %d failed\n%s", #failed, #sentences, table.concat(failed, "\n")), 0)
  end
  log.info(string.format("%s: %d passed", name, #sentences))
end

-- Lua of this repository runs in the sandbox: what a script may see is listed, everything else is a mistake.
std = "none"
max_line_length = 120
exclude_files = { "build", ".cache", "tests/golden/projects/broken" }

local script_globals = {
  "op", "sql", "log", "vm", "require", "lint",
  "string", "table", "math", "bit", "coroutine",
  os = { fields = { "time", "date", "clock", "getenv" } },
  "pairs", "ipairs", "next", "select", "tonumber", "tostring", "type", "error", "assert", "pcall", "xpcall",
  "unpack", "setmetatable", "getmetatable", "print", "rawget", "rawset", "rawequal", "_VERSION",
}
read_globals = script_globals

-- A migration speaks through its globals: the header fields, the two directions, and functions that workers load.
local migration = {
  allow_defined_top = true,
  ignore = { "131/revision", "131/down_revision", "131/branch_labels", "131/depends_on", "131/transaction",
             "131/upgrade", "131/downgrade" },
}
files["**/versions/*.lua"] = migration
files["tests/golden/**/op.lua"] = migration
files["tests/golden/render"] = migration

-- Declarations for editors: they define the modules, and their functions have no bodies.
files["scripts/meta"] = { globals = { "op", "sql", "log", "vm", "lint" }, ignore = { "211", "212", "241" }, max_line_length = false }
-- One operation stands on one line there, as long as it is.
files["tests/golden/ddl"] = { max_line_length = false }
files["tests/golden/render/*/*sql*.lua"] = { allow_defined_top = true, max_line_length = false, ignore = { "131" } }

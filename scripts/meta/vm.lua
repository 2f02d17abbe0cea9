---@meta
-- Where a script runs, and the helpers it may use. Read by editors (Lua language server); never run.

---@class vm
---@field version string of vm itself
---@field dialect "sqlite"|"postgresql"|"mysql"|"mariadb"
---@field server_version string "15.6"; empty without a connection
---@field offline boolean SQL is written, not run
---@field direction "upgrade"|"downgrade"
---@field args table<string, string> what `-x key=value` gave
---@field json vm.json
vm = {}

---@class vm.json
local json = {}

---@param value any
---@return string
function json.encode(value) end

---@param text string
---@return any
function json.decode(text) end

---Marks a table as a list, so that an empty one is written as `[]`.
---@param value table
---@return table
function json.list(value) end

---A random UUID.
---@return string
function vm.uuid() end

---@param data string
---@return string hex 64 digits
function vm.sha256(data) end

---@param path string inside the project's folder
---@return string
function vm.read_file(path) end

---@class vm.CsvOptions
---@field columns? string[] names of the columns, for a file whose first line has none
---@field delimiter? string one character, default ","
---@field quote? string one character, default '"'
---@field null? string an unquoted field of this text is NULL
---@field skip? integer lines before the first that counts, default 0
---@field encoding? "utf-8"

---The rows of a CSV file by the names in its first line, in constant memory: `for row in vm.read_csv("seed.csv") do … end`.
---@param path string inside the project's folder
---@param options? vm.CsvOptions
---@return fun(): table<string, string>|nil
function vm.read_csv(path, options) end

---@meta
-- What op.get_bind returns.

---@class db.Connection
local db = {}

---@param text string
---@param params? table<string, any>
---@return op.Outcome
function db:execute(text, params) end

---@class db.Options
---@field null? boolean NULL is `sql.null` instead of nil

---A query being read: call it for the next row.
---@class db.Rows
---@operator call: table<string, any>|nil
local rows = {}

---Ends the query before its last row.
function rows:close() end

---@return string[]
function rows:columns() end

---Rows one by one, in constant memory: `for row in db:rows("SELECT …") do … end`.
---@param text string
---@param params? table<string, any>
---@param options? db.Options
---@return db.Rows
function db:rows(text, params, options) end

---@param text string
---@param params? table<string, any>
---@param options? db.Options
---@return table<string, any>[]
function db:all(text, params, options) end

---The first row, or nil when there is none.
---@param text string
---@param params? table<string, any>
---@param options? db.Options
---@return table<string, any>|nil
function db:one(text, params, options) end

---The first value of the first row.
---@param text string
---@param params? table<string, any>
---@param options? db.Options
---@return any
function db:scalar(text, params, options) end

return db

---@meta
-- Lines for the person who runs the migration. Read by editors (Lua language server); never run.

---@class log
log = {}

---@param ... any
function log.debug(...) end

---@param ... any
function log.info(...) end

---@param ... any
function log.warn(...) end

---@param ... any
function log.error(...) end

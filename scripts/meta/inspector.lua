---@meta
-- What op.inspect returns. It keeps what it read; ask op.inspect again after a change.

---@class inspector
local inspector = {}

---@class inspector.Column
---@field name string
---@field type sql.Type
---@field nullable boolean
---@field primary_key boolean
---@field autoincrement? boolean
---@field server_default? string|number|boolean|sql.Expression
---@field comment? string
---@field collation? string
---@field computed? { expression: string, persisted?: boolean }
---@field identity? { always: boolean, start?: integer, increment?: integer, minimum?: integer, maximum?: integer, cache?: integer, cycle: boolean }

---@class inspector.Index
---@field name? string
---@field columns (string|sql.Expression)[]
---@field unique boolean
---@field where? string
---@field using? string
---@field include? string[]
---@field nulls_not_distinct? boolean

---@class inspector.ForeignKey
---@field name? string
---@field columns string[]
---@field referred_schema? string
---@field referred_table string
---@field referred_columns string[]
---@field ondelete? string
---@field onupdate? string
---@field match? string
---@field deferrable? boolean
---@field initially? string
---@field not_valid? boolean

---@param options? op.SchemaOption
---@return string[]
function inspector:table_names(options) end

---@param table op.Table
---@param options? op.SchemaOption
---@return inspector.Column[]
function inspector:columns(table, options) end

---@param table op.Table
---@param options? op.SchemaOption
---@return inspector.Index[]
function inspector:indexes(table, options) end

---@param table op.Table
---@param options? op.SchemaOption
---@return { name?: string, columns: string[] }
function inspector:primary_key(table, options) end

---@param table op.Table
---@param options? op.SchemaOption
---@return inspector.ForeignKey[]
function inspector:foreign_keys(table, options) end

---@param table op.Table
---@param options? op.SchemaOption
---@return { name?: string, columns: string[], deferrable?: boolean, initially?: string, nulls_not_distinct?: boolean }[]
function inspector:unique_constraints(table, options) end

---@param table op.Table
---@param options? op.SchemaOption
---@return { name?: string, condition: string, not_valid?: boolean }[]
function inspector:check_constraints(table, options) end

---@param table op.Table
---@param options? op.SchemaOption
---@return { name?: string, using: string, where?: string, elements: table[] }[]
function inspector:exclude_constraints(table, options) end

---@param table op.Table
---@param options? op.SchemaOption
---@return string|nil
function inspector:table_comment(table, options) end

---@param options? op.SchemaOption
---@return { name: string, schema?: string, definition: string, materialized: boolean }[]
function inspector:views(options) end

---@param options? op.SchemaOption
---@return { name: string, schema?: string, values: string[] }[]
function inspector:enums(options) end

---@param options? op.SchemaOption
---@return { name: string, schema?: string, type?: string, start?: integer, increment?: integer, minimum?: integer, maximum?: integer, cache?: integer, cycle: boolean }[]
function inspector:sequences(options) end

---@param options? op.SchemaOption
---@return { name: string, schema?: string, table: string, definition: string }[]
function inspector:triggers(options) end

---@param options? op.SchemaOption
---@return { name: string, schema?: string, arguments: string, definition: string, procedure: boolean }[]
function inspector:functions(options) end

---@return { name: string, version?: string }[]
function inspector:extensions() end

---@return string[]
function inspector:schemas() end

return inspector

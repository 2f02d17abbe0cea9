---@meta
-- What op.batch_alter_table passes: the operations of `op` without their table.

---@class batch
local batch = {}

---@param column sql.Column
---@param options? { if_not_exists?: boolean, insert_before?: string, insert_after?: string }
function batch.add_column(column, options) end

---@param column string
---@param options? { if_exists?: boolean, cascade?: boolean }
function batch.drop_column(column, options) end

---@class batch.AlterColumnOptions: op.AlterColumnOptions
---@field insert_before? string
---@field insert_after? string

---@param column string
---@param options batch.AlterColumnOptions
function batch.alter_column(column, options) end

---@param name op.Name|nil
---@param columns op.IndexColumn|op.IndexColumn[]
---@param options? op.CreateIndexOptions
function batch.create_index(name, columns, options) end

---@param name op.Name
---@param options? { concurrently?: boolean, if_exists?: boolean, cascade?: boolean }
function batch.drop_index(name, options) end

---@param name op.Name|nil
---@param columns op.Columns
function batch.create_primary_key(name, columns) end

---@param name op.Name|nil
---@param columns op.Columns
---@param options? { deferrable?: boolean, initially?: string, nulls_not_distinct?: boolean }
function batch.create_unique_constraint(name, columns, options) end

---@param name op.Name|nil
---@param referent op.Table
---@param local_cols op.Columns
---@param remote_cols? op.Columns
---@param options? op.ForeignKeyOptions
function batch.create_foreign_key(name, referent, local_cols, remote_cols, options) end

---@param name op.Name|nil
---@param condition string|sql.Expression
---@param options? { not_valid?: boolean }
function batch.create_check_constraint(name, condition, options) end

---@param name op.Name|nil
---@param elements { [1]: string|sql.Expression, [2]: string }[]
---@param options? { using?: string, where?: string, deferrable?: boolean, initially?: string }
function batch.create_exclude_constraint(name, elements, options) end

---@param name op.Name
function batch.validate_constraint(name) end

---@param name op.Name
---@param options? { type?: "foreignkey"|"unique"|"check"|"primary"|"exclude", if_exists?: boolean, cascade?: boolean }
function batch.drop_constraint(name, options) end

---@param comment string
function batch.create_table_comment(comment) end

function batch.drop_table_comment() end

return batch

---@meta
-- Schema elements as values. Read by editors (Lua language server); never run.

---@class sql
sql = {}

---A column type; `tostring` gives it as written here, and types are equal when they mean the same.
---@class sql.Type

---A type word: usable as it is and with parentheses.
---@class sql.TypeWord: sql.Type
---@operator call: sql.Type

---SQL text that goes in verbatim.
---@class sql.Expression
---@class sql.Null
---@class sql.Decimal
---@class sql.Bytes
---@class sql.Column
---@class sql.Constraint
---@class sql.Index
---@class sql.Table
---@class sql.View
---@class sql.Object
---@class sql.Schema

-- Types -------------------------------------------------------------------------------------------------------------

---@type sql.TypeWord
sql.smallint = nil
---@type sql.TypeWord
sql.integer = nil
---@type sql.TypeWord
sql.bigint = nil
---@type sql.TypeWord
sql.real = nil
---@type sql.TypeWord
sql.float = nil
---@type sql.TypeWord
sql.double = nil
---@type sql.TypeWord `numeric(precision, scale)`
sql.numeric = nil
---@type sql.TypeWord
sql.boolean = nil
---@type sql.TypeWord `string(length)`
sql.string = nil
---@type sql.TypeWord
sql.text = nil
---@type sql.TypeWord `char(length)`
sql.char = nil
---@type sql.TypeWord `binary(length)`
sql.binary = nil
---@type sql.TypeWord
sql.blob = nil
---@type sql.TypeWord
sql.date = nil
---@type sql.TypeWord `time(precision)` or `time{ timezone = true, precision = 3 }`
sql.time = nil
---@type sql.TypeWord
sql.timetz = nil
---@type sql.TypeWord `timestamp(precision)` or `timestamp{ timezone = true, precision = 3 }`
sql.timestamp = nil
---@type sql.TypeWord
sql.datetime = nil
---@type sql.TypeWord
sql.timestamptz = nil
---@type sql.TypeWord
sql.interval = nil
---@type sql.TypeWord
sql.uuid = nil
---@type sql.TypeWord
sql.json = nil
---@type sql.TypeWord
sql.jsonb = nil

-- Types that only PostgreSQL has.

---@type sql.TypeWord
sql.citext = nil
---@type sql.TypeWord
sql.inet = nil
---@type sql.TypeWord
sql.cidr = nil
---@type sql.TypeWord
sql.macaddr = nil
---@type sql.TypeWord
sql.macaddr8 = nil
---@type sql.TypeWord
sql.tsvector = nil
---@type sql.TypeWord
sql.tsquery = nil
---@type sql.TypeWord
sql.hstore = nil
---@type sql.TypeWord
sql.money = nil
---@type sql.TypeWord
sql.xml = nil
---@type sql.TypeWord
sql.bit = nil
---@type sql.TypeWord
sql.varbit = nil
---@type sql.TypeWord
sql.oid = nil
---@type sql.TypeWord
sql.int4range = nil
---@type sql.TypeWord
sql.int8range = nil
---@type sql.TypeWord
sql.numrange = nil
---@type sql.TypeWord
sql.tsrange = nil
---@type sql.TypeWord
sql.tstzrange = nil
---@type sql.TypeWord
sql.daterange = nil
---@type sql.TypeWord
sql.int4multirange = nil
---@type sql.TypeWord
sql.int8multirange = nil
---@type sql.TypeWord
sql.nummultirange = nil
---@type sql.TypeWord
sql.tsmultirange = nil
---@type sql.TypeWord
sql.tstzmultirange = nil
---@type sql.TypeWord
sql.datemultirange = nil
---@type sql.TypeWord
sql.point = nil
---@type sql.TypeWord
sql.line = nil
---@type sql.TypeWord
sql.lseg = nil
---@type sql.TypeWord
sql.box = nil
---@type sql.TypeWord
sql.path = nil
---@type sql.TypeWord
sql.polygon = nil
---@type sql.TypeWord
sql.circle = nil
---@type sql.TypeWord
sql.ltree = nil
---@type sql.TypeWord
sql.jsonpath = nil

---@param name string
---@param values? string[] may be left out where the type exists already
---@param options? { schema?: string, create_type?: boolean }
---@return sql.Type
function sql.enum(name, values, options) end

---@param type sql.Type
---@return sql.Type
function sql.array(type) end

---A type as SQL text, taken as it is.
---@param text string
---@return sql.Type
function sql.raw(text) end

-- Values ------------------------------------------------------------------------------------------------------------

---SQL NULL inside a row table, where nil would mean "absent".
---@type sql.Null
sql.null = nil

---SQL text that goes in verbatim: defaults, index columns, cells.
---@param text string
---@return sql.Expression
function sql.expr(text) end

---An exact number; text, since a Lua number has lost digits already.
---@param text string|integer
---@return sql.Decimal
function sql.decimal(text) end

---Bytes that are no text.
---@param data string
---@return sql.Bytes
function sql.bytes(data) end

-- Columns, constraints, indexes -------------------------------------------------------------------------------------

---@class sql.ColumnOptions
---@field primary_key? boolean
---@field nullable? boolean default: true, false for a primary key
---@field unique? boolean
---@field index? boolean
---@field autoincrement? boolean
---@field server_default? string|number|boolean|sql.Expression a string is a literal and is quoted
---@field comment? string
---@field references? string|table `"teams.id"` or `{ "teams.id", name = "fk" }`
---@field ondelete? op.Action
---@field onupdate? op.Action
---@field match? string
---@field deferrable? boolean
---@field initially? string
---@field not_valid? boolean
---@field check? string|sql.Expression|table `"price > 0"` or `{ "price > 0", name = "ck" }`
---@field computed? string|sql.Expression|table `"a + b"` or `{ "a + b", persisted = true }`
---@field identity? boolean|table `true` or `{ always = true, start = 1 }`
---@field collation? string
---@field renamed_from? string only in a desired schema

---@param name string
---@param type sql.Type
---@param options? sql.ColumnOptions
---@return sql.Column
function sql.column(name, type, options) end

---@param columns op.Columns
---@param options? { name?: op.Name }
---@return sql.Constraint
function sql.primary_key(columns, options) end

---@param columns op.Columns
---@param options? { name?: op.Name, deferrable?: boolean, initially?: string, nulls_not_distinct?: boolean }
---@return sql.Constraint
function sql.unique(columns, options) end

---@class sql.ForeignKeyOptions
---@field name? op.Name
---@field ondelete? op.Action
---@field onupdate? op.Action
---@field deferrable? boolean
---@field initially? string
---@field match? string
---@field not_valid? boolean
---@field referent_schema? string

---@param columns op.Columns
---@param table op.Table
---@param referent_columns? op.Columns default: the table's primary key
---@param options? sql.ForeignKeyOptions
---@return sql.Constraint
function sql.foreign_key(columns, table, referent_columns, options) end

---@param condition string|sql.Expression
---@param options? { name?: op.Name, not_valid?: boolean }
---@return sql.Constraint
function sql.check(condition, options) end

---@param elements { [1]: string|sql.Expression, [2]: string }[]
---@param options? { name?: op.Name, using?: string, where?: string, deferrable?: boolean, initially?: string }
---@return sql.Constraint
function sql.exclude(elements, options) end

---@param name op.Name|nil
---@param columns op.IndexColumn|op.IndexColumn[]
---@param options? { unique?: boolean, where?: string, using?: string, include?: op.Columns, nulls_not_distinct?: boolean, ops?: table<string, string>, with?: table<string, any> }
---@return sql.Index
function sql.index(name, columns, options) end

-- Desired schemas ---------------------------------------------------------------------------------------------------

---@param name string
---@param items (sql.Column|sql.Constraint|sql.Index)[]
---@param options? { schema?: string, comment?: string, renamed_from?: string }
---@return sql.Table
function sql.table(name, items, options) end

---@param name string
---@param definition string|sql.Expression
---@param options? { schema?: string, materialized?: boolean }
---@return sql.View
function sql.view(name, definition, options) end

---@param name string
---@param definition string|sql.Expression
---@param options? { schema?: string }
---@return sql.View
function sql.materialized_view(name, definition, options) end

---A function, with the arguments of op.create_function, or with `definition`: the whole CREATE statement, as `vm run schema dump` writes it.
---@param name string
---@param options table
---@return sql.Object
function sql.func(name, options) end

---A procedure, with the arguments of op.create_procedure, or with `definition`: the whole CREATE statement, as `vm run schema dump` writes it.
---@param name string
---@param options table
---@return sql.Object
function sql.procedure(name, options) end

---A trigger, with the arguments of op.create_trigger, or with `definition`: the whole CREATE statement, as `vm run schema dump` writes it.
---@param name string
---@param table op.Table
---@param options table
---@return sql.Object
function sql.trigger(name, table, options) end

---A sequence, with the arguments of op.create_sequence.
---@param name string
---@param options? table
---@return sql.Object
function sql.sequence(name, options) end

---An extension, with the arguments of op.create_extension.
---@param name string
---@param options? { schema?: string, version?: string }
---@return sql.Object
function sql.extension(name, options) end

---Everything a database shall hold. Lists and other schemas may stand among the items, so that files can share the work.
---@param items (sql.Table|sql.View|sql.Type|sql.Object|sql.Schema|table)[]
---@return sql.Schema
function sql.schema(items) end

-- Extending ---------------------------------------------------------------------------------------------------------

---Adds a type; only in libraries. A function is called with what stands in the parentheses and returns the type.
---@param name string
---@param type sql.Type|fun(...): sql.Type
function sql.register_type(name, type) end

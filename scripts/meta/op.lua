---@meta
-- What a migration does. Read by editors (Lua language server); never run.

---@class op
op = {}

---@class op.Outcome
---@field rows_affected integer

---A name that is final: no naming convention is applied to it.
---@class op.FinalName

---@alias op.Name string|op.FinalName
---@alias op.Table string|sql.Table
---@alias op.Columns string|string[]
---@alias op.IndexColumn string|sql.Expression|table
---@alias op.Action "CASCADE"|"SET NULL"|"SET DEFAULT"|"RESTRICT"|"NO ACTION"|string

---@class op.SchemaOption
---@field schema? string

---@class op.DropOptions: op.SchemaOption
---@field if_exists? boolean
---@field cascade? boolean

-- Tables ------------------------------------------------------------------------------------------------------------

---@class op.CreateTableOptions: op.SchemaOption
---@field if_not_exists? boolean
---@field comment? string
---@field temporary? boolean
---@field mysql_engine? string
---@field mysql_charset? string
---@field mysql_collate? string
---@field sqlite_strict? boolean
---@field sqlite_autoincrement? boolean
---@field postgresql_partition_by? string

---@param name string
---@param items (sql.Column|sql.Constraint|sql.Index)[]
---@param options? op.CreateTableOptions
---@return sql.Table table what other operations take as their table
function op.create_table(name, items, options) end

---@param name op.Table
---@param options? op.DropOptions
function op.drop_table(name, options) end

---@param old op.Table
---@param new string
---@param options? op.SchemaOption
function op.rename_table(old, new, options) end

---@param table op.Table
---@param comment string
---@param options? op.SchemaOption
function op.create_table_comment(table, comment, options) end

---@param table op.Table
---@param options? op.SchemaOption
function op.drop_table_comment(table, options) end

-- Columns -----------------------------------------------------------------------------------------------------------

---@param table op.Table
---@param column sql.Column
---@param options? { schema?: string, if_not_exists?: boolean }
function op.add_column(table, column, options) end

---@param table op.Table
---@param column string
---@param options? op.DropOptions
function op.drop_column(table, column, options) end

---@class op.AlterColumnOptions: op.SchemaOption
---@field type? sql.Type
---@field nullable? boolean
---@field server_default? string|number|boolean|sql.Expression|sql.Null `sql.null` drops the default
---@field new_column_name? string
---@field comment? string|sql.Null `sql.null` drops the comment
---@field using? string|sql.Expression PostgreSQL: how old values become new ones
---@field autoincrement? boolean
---@field computed? string|sql.Expression|table|sql.Null
---@field identity? boolean|table|sql.Null
---@field collation? string
---@field existing_type? sql.Type
---@field existing_nullable? boolean
---@field existing_server_default? string|number|boolean|sql.Expression|sql.Null
---@field existing_comment? string
---@field existing_autoincrement? boolean

---@param table op.Table
---@param column string
---@param options op.AlterColumnOptions
function op.alter_column(table, column, options) end

-- Indexes -----------------------------------------------------------------------------------------------------------

---@class op.CreateIndexOptions: op.SchemaOption
---@field unique? boolean
---@field where? string|sql.Expression
---@field using? string
---@field include? op.Columns
---@field concurrently? boolean
---@field if_not_exists? boolean
---@field nulls_not_distinct? boolean
---@field ops? table<string, string>
---@field with? table<string, string|number|boolean>
---@field mysql_length? integer|table<string, integer>

---@param name op.Name|nil
---@param table op.Table
---@param columns op.IndexColumn|op.IndexColumn[]
---@param options? op.CreateIndexOptions
function op.create_index(name, table, columns, options) end

---@param name op.Name
---@param table? op.Table may be left out, also when options follow
---@param options? { schema?: string, concurrently?: boolean, if_exists?: boolean, cascade?: boolean }
function op.drop_index(name, table, options) end

-- Constraints -------------------------------------------------------------------------------------------------------

---@param name op.Name|nil
---@param table op.Table
---@param columns op.Columns
---@param options? op.SchemaOption
function op.create_primary_key(name, table, columns, options) end

---@param name op.Name|nil
---@param table op.Table
---@param columns op.Columns
---@param options? { schema?: string, deferrable?: boolean, initially?: string, nulls_not_distinct?: boolean }
function op.create_unique_constraint(name, table, columns, options) end

---@class op.ForeignKeyOptions
---@field ondelete? op.Action
---@field onupdate? op.Action
---@field deferrable? boolean
---@field initially? "DEFERRED"|"IMMEDIATE"|string
---@field match? "FULL"|"SIMPLE"|string
---@field not_valid? boolean
---@field source_schema? string
---@field referent_schema? string

---@param name op.Name|nil
---@param source op.Table
---@param referent op.Table
---@param local_cols op.Columns
---@param remote_cols? op.Columns default: the referent's primary key
---@param options? op.ForeignKeyOptions
function op.create_foreign_key(name, source, referent, local_cols, remote_cols, options) end

---@param name op.Name|nil
---@param table op.Table
---@param condition string|sql.Expression
---@param options? { schema?: string, not_valid?: boolean }
function op.create_check_constraint(name, table, condition, options) end

---@param name op.Name|nil
---@param table op.Table
---@param elements { [1]: string|sql.Expression, [2]: string }[]
---@param options? { schema?: string, using?: string, where?: string, deferrable?: boolean, initially?: string }
function op.create_exclude_constraint(name, table, elements, options) end

---@param name op.Name
---@param table op.Table
---@param options? op.SchemaOption
function op.validate_constraint(name, table, options) end

---@param name op.Name
---@param table op.Table
---@param options? { type?: "foreignkey"|"unique"|"check"|"primary"|"exclude", if_exists?: boolean, cascade?: boolean, schema?: string }
function op.drop_constraint(name, table, options) end

---Marks a name as final: no naming convention is applied to it.
---@param name string
---@return op.FinalName
function op.f(name) end

-- Schemas, enums, views, routines, triggers, sequences, extensions -----------------------------------------------------

---@param name string
---@param options? { if_not_exists?: boolean }
function op.create_schema(name, options) end

---@param name string
---@param options? { if_exists?: boolean, cascade?: boolean }
function op.drop_schema(name, options) end

---@param name string
---@param values string[]
---@param options? { schema?: string, if_not_exists?: boolean }
function op.create_enum(name, values, options) end

---@param name string
---@param options? op.DropOptions
function op.drop_enum(name, options) end

---@class op.AlterEnumOptions: op.SchemaOption
---@field add? string|table `{ "guest", after = "client" }`, or a list of such tables
---@field rename? table `{ old = "a", new = "b" }`, or a list of such tables
---@field remove? op.Columns
---@field tables? table<string, op.Columns> the columns that hold the enum, where it is no type of its own

---@param name string
---@param options op.AlterEnumOptions
function op.alter_enum(name, options) end

---@param name string
---@param definition string|sql.Expression
---@param options? { schema?: string, columns?: op.Columns, if_not_exists?: boolean }
function op.create_view(name, definition, options) end

---@param name string
---@param definition string|sql.Expression
---@param options? { schema?: string, columns?: op.Columns }
function op.replace_view(name, definition, options) end

---@param name string
---@param options? op.DropOptions
function op.drop_view(name, options) end

---@param name string
---@param definition string|sql.Expression
---@param options? { schema?: string, columns?: op.Columns, if_not_exists?: boolean, with_data?: boolean }
function op.create_materialized_view(name, definition, options) end

---@param name string
---@param options? op.DropOptions
function op.drop_materialized_view(name, options) end

---@param name string
---@param options? { schema?: string, concurrently?: boolean }
function op.refresh_materialized_view(name, options) end

---@class op.ProcedureOptions: op.SchemaOption
---@field arguments? string between the parentheses
---@field language? string
---@field body string
---@field replace? boolean
---@field security? "definer"|"invoker"
---@field set? table<string, string>

---@class op.FunctionOptions: op.ProcedureOptions
---@field returns string
---@field volatility? "immutable"|"stable"|"volatile"
---@field strict? boolean
---@field parallel? "safe"|"restricted"|"unsafe"
---@field cost? number
---@field rows? number
---@field leakproof? boolean
---@field window? boolean
---@field deterministic? boolean

---@param name string
---@param options op.FunctionOptions
function op.create_function(name, options) end

---@param name string
---@param options? { schema?: string, arguments?: string, if_exists?: boolean, cascade?: boolean }
function op.drop_function(name, options) end

---@param name string
---@param options op.ProcedureOptions
function op.create_procedure(name, options) end

---@param name string
---@param options? { schema?: string, arguments?: string, if_exists?: boolean, cascade?: boolean }
function op.drop_procedure(name, options) end

---@class op.TriggerOptions: op.SchemaOption
---@field timing "before"|"after"|"instead of"|string
---@field events string|string[] "insert", "update", "update of a, b", "delete", "truncate"
---@field body string
---@field level? "row"|"statement"|string
---@field when? string|sql.Expression
---@field if_not_exists? boolean
---@field replace? boolean

---@param name string
---@param table op.Table
---@param options op.TriggerOptions
function op.create_trigger(name, table, options) end

---@param name string
---@param table? op.Table
---@param options? op.DropOptions
function op.drop_trigger(name, table, options) end

---@class op.SequenceOptions: op.SchemaOption
---@field type? "smallint"|"integer"|"bigint"|sql.Type
---@field start? integer
---@field increment? integer
---@field minimum? integer
---@field maximum? integer
---@field cache? integer
---@field cycle? boolean
---@field owned_by? string
---@field if_not_exists? boolean

---@param name string
---@param options? op.SequenceOptions
function op.create_sequence(name, options) end

---@param name string
---@param options? op.DropOptions
function op.drop_sequence(name, options) end

---@param name string
---@param options? { schema?: string, version?: string, if_not_exists?: boolean, cascade?: boolean }
function op.create_extension(name, options) end

---@param name string
---@param options? { if_exists?: boolean, cascade?: boolean }
function op.drop_extension(name, options) end

-- Rows and SQL ------------------------------------------------------------------------------------------------------

---@param text string|string[]
---@param params? table<string, any> without it nothing in the text is a parameter
---@return op.Outcome
function op.execute(text, params) end

---@return db.Connection
function op.get_bind() end

---@param table op.Table
---@param rows table<string, any>[]
---@param options? { columns?: string[], on_conflict?: string, schema?: string }
---@return op.Outcome
function op.bulk_insert(table, rows, options) end

---@class op.CopyOptions : vm.CsvOptions
---@field schema? string

---Stores the rows of a CSV file of the project. An unquoted empty field is NULL unless `null` says otherwise.
---@param table op.Table
---@param path string inside the project's folder
---@param options? op.CopyOptions
---@return integer rows stored
function op.copy_from_csv(table, path, options) end

---The rows of a query in lists of `size` (1000), in constant memory. The function may return false to stop.
---@param query string
---@param params? table<string, any>
---@param options? { size?: integer, null?: boolean }
---@param body fun(rows: table<string, any>[]): boolean|nil
---@return integer rows read
function op.each_batch(query, params, options, body) end

---@param table op.Table
---@param values table<string, any>
---@param options? op.SchemaOption
---@return op.Outcome
function op.insert(table, values, options) end

---@param table op.Table
---@param set table<string, any>
---@param where? string|sql.Expression
---@param params? table<string, any>
---@param options? op.SchemaOption
---@return op.Outcome
function op.update(table, set, where, params, options) end

---@param table op.Table
---@param where? string|sql.Expression
---@param params? table<string, any>
---@param options? op.SchemaOption
---@return op.Outcome
function op.delete(table, where, params, options) end

---@class op.BackfillOptions: op.SchemaOption
---@field columns? string|string[] what the function reads; the key is always there
---@field where? string|sql.Expression
---@field key? string|string[] default: the primary key
---@field batch_size? integer|"auto" rows of a batch, default 10000
---@field target_batch_time? number seconds a batch takes with `batch_size = "auto"`, default 1
---@field workers? integer default 1
---@field pause? number seconds between batches
---@field max_replica_lag? number seconds; PostgreSQL and MariaDB
---@field on_error? "stop"|"skip"
---@field set? table<string, any> columns and values or sql.expr, instead of a function
---@field whole_batch? boolean the function takes a list of rows and returns a list of changes

---@param table op.Table
---@param options op.BackfillOptions
---@param transform? fun(row: table<string, any>): table<string, any>?
function op.backfill(table, options, transform) end

-- Several at once ---------------------------------------------------------------------------------------------------

---@class op.BatchOptions: op.SchemaOption
---@field recreate? "auto"|"always"|"never"
---@field naming_convention? table<string, string>

---@param table op.Table
---@param options op.BatchOptions|fun(batch: batch)
---@param body? fun(batch: batch)
function op.batch_alter_table(table, options, body) end

---Leaves the transaction while `body` runs.
---@param body fun()
function op.autocommit_block(body) end

-- Questions ---------------------------------------------------------------------------------------------------------

---@param table op.Table
---@param options? op.SchemaOption
---@return boolean
function op.has_table(table, options) end

---@param table op.Table
---@param column string
---@param options? op.SchemaOption
---@return boolean
function op.has_column(table, column, options) end

---@param index op.Name
---@param table op.Table
---@param options? op.SchemaOption
---@return boolean
function op.has_index(index, table, options) end

---@param constraint op.Name
---@param table op.Table
---@param options? op.SchemaOption
---@return boolean
function op.has_constraint(constraint, table, options) end

---@return inspector
function op.inspect() end

-- Extending ---------------------------------------------------------------------------------------------------------

---@class op.Definition
---@field run fun(...)
---@field reverse? fun(...): table
---@field describe? fun(...): string

---Adds an operation; only in libraries.
---@param name string
---@param operation op.Definition
function op.register(name, operation) end

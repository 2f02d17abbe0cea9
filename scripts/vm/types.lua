--- Columns that many tables have, so that they are the same in each.
local types = {}

--- `created_at` and `updated_at`, filled by the database when a row is made. Two columns: put them at a list's end.
function types.timestamps()
  local now = sql.expr("CURRENT_TIMESTAMP")
  return sql.column("created_at", sql.timestamptz, { nullable = false, server_default = now }),
    sql.column("updated_at", sql.timestamptz, { nullable = false, server_default = now })
end

--- An amount of money: exact, two digits behind the point.
function types.money(name, options)
  return sql.column(name, sql.numeric(14, 2), options)
end

--- A primary key `id` of big integers that the database counts up.
function types.id(name)
  return sql.column(name or "id", sql.bigint, { primary_key = true })
end

return types

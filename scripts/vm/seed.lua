--- Rows of a CSV file into a table.
---
---   local seed = require "vm.seed"
---   seed.csv("countries", "data/countries.csv", { null = "" })
local seed = {}

local BATCH = 500

--- Inserts every row of the file; the header names the columns. Returns the number of rows. Options: `null` is the text
--- that stands for NULL; `convert` a table of functions by column; `delimiter` as in vm.read_csv; `on_conflict` as in
--- op.bulk_insert.
function seed.csv(table_name, path, options)
  options = options or {}
  local rows, count = {}, 0
  local function flush()
    if #rows == 0 then return end
    op.bulk_insert(table_name, rows, { on_conflict = options.on_conflict })
    count, rows = count + #rows, {}
  end
  for row in vm.read_csv(path, { delimiter = options.delimiter }) do
    for column, text in pairs(row) do
      local convert = options.convert and options.convert[column]
      if options.null ~= nil and text == options.null then
        row[column] = sql.null
      elseif convert then
        row[column] = convert(text)
      end
    end
    rows[#rows + 1] = row
    if #rows == BATCH then flush() end
  end
  flush()
  return count
end

return seed

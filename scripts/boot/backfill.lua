-- The loop around a row function. Rows lie in C memory as cells (engine/core/cells.hpp) and changes go there, so that
-- all of it is compiled; `decode`, `encode`, `grow` and `skip` are C functions for what is rare.
local types, known, make_rows, decode, encode, grow, skip = ...

local NULL, BOOLEAN, INTEGER, REAL, TEXT, BYTES, ABSENT, ROW = 0, 1, 2, 3, 4, 6, 8, 9
local EXACT = 2 ^ 53

local work_type, cast, copy, text_of = types.work, types.cast, types.copy, types.text_of

local function value(cells, bytes, at)
  local cell = cells[at]
  local kind = cell.kind
  if kind == TEXT or kind == BYTES then
    return text_of(bytes + cell.offset, cell.length)
  elseif kind == INTEGER then
    local number = tonumber(cell.integer)
    if number > -EXACT and number < EXACT then return number end
    return cell.integer
  elseif kind == NULL then
    return nil
  elseif kind == BOOLEAN then
    return cell.integer ~= 0
  elseif kind == REAL then
    return cell.real
  end
  return decode(at)
end

-- A name that is not read is a mistake, a column that is NULL is nil.
local row_metatable = {
  __index = function(_, name)
    if known[name] then return nil end
    error("the row has no '" .. tostring(name) .. "': name the column in `columns`", 2)
  end,
}
local make = make_rows(value, row_metatable, setmetatable)

local columns, slots = 0, {}

local function add_column(work, head, name)
  if type(name) ~= "string" then
    error("the row function must return a table of columns and values; it has the key " .. tostring(name), 0)
  end
  if head + columns + 2 > work.cell_capacity then grow(columns + 2, 0) end
  columns = columns + 1
  slots[name] = columns
  encode(-1, name)
  return columns
end

local function put(work, at, given, name)
  local kind = type(given)
  if kind == "string" then
    local length = #given
    if work.byte_count + length > work.byte_capacity then grow(0, length) end
    local cell = work.output[at]
    copy(work.output_bytes + work.byte_count, given, length)
    cell.kind = TEXT
    cell.length = length
    cell.integer = work.byte_count
    work.byte_count = work.byte_count + length
  elseif kind == "number" then
    local cell = work.output[at]
    if given >= -EXACT and given <= EXACT and given % 1 == 0 and (given ~= 0 or 1 / given > 0) then
      cell.kind = INTEGER
      cell.integer = given
    else
      cell.kind = REAL
      cell.real = given
    end
  elseif kind == "boolean" then
    local cell = work.output[at]
    cell.kind = BOOLEAN
    cell.integer = given and 1 or 0
  else
    encode(at, given, name)
  end
end

local function add(work, row, change)
  if type(change) ~= "table" then
    error("the row function must return a table of columns and values, or nil, not a " .. type(change), 0)
  end
  local head = work.cell_count
  if head + columns + 1 > work.cell_capacity then grow(columns + 1, 0) end
  for i = 1, columns do
    work.output[head + i].kind = ABSENT
  end
  local filled = 0
  for name, given in next, change do
    local slot = slots[name] or add_column(work, head, name)
    put(work, head + slot, given, name)
    filled = filled + 1
  end
  if filled == 0 then return end
  local cell = work.output[head]
  cell.kind = ROW
  cell.length = columns
  cell.integer = row
  work.cell_count = head + 1 + columns
  work.row_count = work.row_count + 1
end

local function each_row(pointer, f)
  local work = cast(work_type, pointer)
  local width = work.width
  for row = 0, work.rows - 1 do
    work.row = row
    local change = f(make(work.input, work.input_bytes, row * width))
    if change ~= nil then add(work, row, change) end
  end
end

local function each_row_skipping(pointer, f)
  local work = cast(work_type, pointer)
  local width = work.width
  for row = 0, work.rows - 1 do
    work.row = row
    local ok, change = pcall(f, make(work.input, work.input_bytes, row * width))
    if ok and change ~= nil then
      local bytes = work.byte_count
      ok, change = pcall(add, work, row, change)
      if not ok then work.byte_count = bytes end
    end
    if not ok then skip(row, change) end
  end
end

local function whole_batch(pointer, f)
  local work = cast(work_type, pointer)
  local rows, width = work.rows, work.width
  local list = {}
  for row = 0, rows - 1 do
    list[row + 1] = make(work.input, work.input_bytes, row * width)
  end
  work.row = rows
  local changes = f(list)
  if changes == nil then return end
  if type(changes) ~= "table" then
    error("with whole_batch the function must return a list of changes, one for each row, not a " .. type(changes), 0)
  end
  for place, change in next, changes do
    if type(place) ~= "number" or place % 1 ~= 0 or place < 1 or place > rows then
      error("with whole_batch the function must return a list of changes; it has the key " .. tostring(place) ..
        ", and the batch has " .. rows .. " rows", 0)
    end
    work.row = place - 1
    add(work, place - 1, change)
  end
end

return each_row, each_row_skipping, whole_batch

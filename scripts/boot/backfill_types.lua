-- The C memory that the loop around a row function reads and writes (bindings/transform.cpp), and the functions of ffi
-- it needs. The cells are those of engine/core/cells.hpp.
local ffi = ...

local cell_type = ffi.typeof([[
  struct { int32_t kind; uint32_t length; union { int64_t integer; double real; uint32_t offset; }; }
]])
local work_type = ffi.typeof([[
  struct {
    $ *input; const char *input_bytes; $ *output; char *output_bytes;
    uint32_t rows, width, cell_capacity, byte_capacity, cell_count, byte_count, row, row_count;
  } *
]], cell_type, cell_type)

return { work = work_type, cast = ffi.cast, copy = ffi.copy, text_of = ffi.string }

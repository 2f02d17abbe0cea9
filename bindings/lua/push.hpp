// Values out of C++ into Lua and back: text, lists, and vm::Value without loss.
#pragma once

#include "bindings/lua/lua.hpp"
#include "engine/core/value.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vm::lua {

class State;

void push(lua_State* L, std::string_view text);                 // [-0, +1]
void push(lua_State* L, std::vector<std::string> const& texts); // [-0, +1] a list
/// A number up to 2^53 either way, LuaJIT's int64_t beyond.
void push_integer(lua_State* L, std::int64_t value); // [-0, +1]
/// A value of a row: NULL is nil, bytes are a string, NUMERIC a `sql.decimal`, an array a list (with `sql.null`
/// inside).
void push_value(lua_State* L, Value const& value); // [-0, +1]
void push_null(lua_State* L);                      // [-0, +1] `sql.null`, one per state
void push_decimal(lua_State* L, Decimal value);    // [-0, +1]
void push_bytes(lua_State* L, Bytes value);        // [-0, +1]

bool is_null(lua_State* L, int index); ///< `sql.null`, not nil

/// nil and `sql.null` are Null; a number without a fraction within 2^53 is an integer; int64_t and `sql.decimal` keep
/// every digit; `sql.bytes` are Bytes; a list is an Array. Unset for what no database stores: functions, tables with
/// names, NaN is a double. [-0, +0]
std::optional<Value> to_value(lua_State* L, int index);

/// An integer: a whole number within 2^53, or an int64_t (or uint64_t that fits).
std::optional<std::int64_t> to_integer(lua_State* L, int index);

/// Whether `text` is a number that NUMERIC can hold: digits with an optional sign, point and exponent; "NaN",
/// "Infinity".
bool is_decimal(std::string_view text);
/// Less than 0, 0, greater than 0, by value: "1.50" equals "1.5". NaN equals itself and is greater than everything.
int compare_decimals(std::string_view a, std::string_view b);

/// The value's type for a message: "nil", "a number", "sql.decimal", "a table".
std::string type_text(lua_State* L, int index);

/// Registers `sql.null`, `sql.decimal`, `sql.bytes` and what int64_t needs; State does it.
void define_value_types(lua_State* L, State& state);

/// Pushes the ffi library of this state. Opening it a second time would give the state new types: LuaJIT forgets the
/// old ones, and frees what was made with them by the size of others (lj_cdata_free).
void push_ffi(lua_State* L);

} // namespace vm::lua

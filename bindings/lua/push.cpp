#include "bindings/lua/push.hpp"

#include "bindings/lua/call.hpp"
#include "bindings/lua/stack.hpp"
#include "bindings/lua/state.hpp"
#include "bindings/lua/userdata.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>

namespace vm::lua {

namespace {

constexpr double exact_limit = 9007199254740992.0; // 2^53

struct NullObject {};

Decimal const& decimal_at(lua_State* L, int index) {
  auto const* value = to_userdata<Decimal>(L, index);
  if (value == nullptr)
    throw ArgumentError{
        fmt::format("a sql.decimal can only be compared with a sql.decimal, not with {}", type_text(L, index)),
        Hint{"write sql.decimal(\"…\")"}};
  return *value;
}

int null_tostring(lua_State* L) {
  push(L, "NULL");
  return 1;
}

int decimal_tostring(lua_State* L) {
  push(L, decimal_at(L, 1).text);
  return 1;
}

int decimal_equal(lua_State* L) {
  lua_pushboolean(L, compare_decimals(decimal_at(L, 1).text, decimal_at(L, 2).text) == 0 ? 1 : 0);
  return 1;
}

int decimal_less(lua_State* L) {
  lua_pushboolean(L, compare_decimals(decimal_at(L, 1).text, decimal_at(L, 2).text) < 0 ? 1 : 0);
  return 1;
}

int decimal_at_most(lua_State* L) {
  lua_pushboolean(L, compare_decimals(decimal_at(L, 1).text, decimal_at(L, 2).text) <= 0 ? 1 : 0);
  return 1;
}

int decimal_number(lua_State* L) {
  lua_pushnumber(L, std::strtod(decimal_at(L, 1).text.c_str(), nullptr));
  return 1;
}

/// [-0, +0] 1 for int64_t, 2 for uint64_t, 0 for other cdata.
int kind_of_cdata(lua_State* L, int index) {
  index = absolute(L, index);
  lua_rawgeti(L, LUA_REGISTRYINDEX, State::of(L).int64_kind);
  lua_pushvalue(L, index);
  lua_call(L, 1, 1); // runs a fixed line of ours: only out of memory can be raised
  auto const kind = static_cast<int>(lua_tonumber(L, -1));
  lua_pop(L, 1);
  return kind;
}

/// [-0, +0] The digits of an int64_t or uint64_t, without the "LL" of LuaJIT's own tostring; unset for other values.
std::optional<std::string> digits_of(lua_State* L, int index) {
  if (lua_type(L, index) != lua_tcdata) return std::nullopt;
  int const kind = kind_of_cdata(L, index);
  if (kind == 0) return std::nullopt;
  auto const bits = *static_cast<std::int64_t const*>(lua_topointer(L, index));
  return kind == 1 ? std::to_string(bits) : std::to_string(static_cast<std::uint64_t>(bits));
}

/// [-0, +0] The text of a string, number or decimal, for `..`.
std::string piece(lua_State* L, int index) {
  if (auto digits = digits_of(L, index)) return std::move(*digits);
  if (auto const* decimal = to_userdata<Decimal>(L, index)) return decimal->text;
  if (lua_type(L, index) == LUA_TSTRING || lua_type(L, index) == LUA_TNUMBER) {
    lua_pushvalue(L, index);
    auto text = to_text(L, -1);
    lua_pop(L, 1);
    return text;
  }
  throw ArgumentError{fmt::format("a number cannot be joined with {}", type_text(L, index))};
}

int decimal_concat(lua_State* L) {
  push(L, piece(L, 1) + piece(L, 2));
  return 1;
}

/// What LuaJIT's own function does; it is the upvalue.
int call_original(lua_State* L) {
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
  return lua_gettop(L);
}

int cdata_tostring(lua_State* L) {
  auto const digits = digits_of(L, 1);
  if (!digits) return call_original(L);
  push(L, *digits);
  return 1;
}

int cdata_concat(lua_State* L) {
  if (!digits_of(L, 1) && !digits_of(L, 2)) return call_original(L);
  push(L, piece(L, 1) + piece(L, 2));
  return 1;
}

/// Integers beyond 2^53 are written and joined as numbers are. [-0, +0]
void define_int64_text(lua_State* L) {
  push_integer(L, std::numeric_limits<std::int64_t>::max());
  lua_getmetatable(L, -1); // that of every cdata
  for (auto const& [name, function] :
       {std::pair{"__tostring", &bound<cdata_tostring>}, std::pair{"__concat", &bound<cdata_concat>}}) {
    lua_getfield(L, -1, name);
    lua_pushcclosure(L, function, 1);
    lua_setfield(L, -2, name);
  }
  lua_pop(L, 2);
}

int bytes_tostring(lua_State* L) {
  auto const* value = to_userdata<Bytes>(L, 1);
  if (value == nullptr) throw ArgumentError{fmt::format("sql.bytes expected, not {}", type_text(L, 1))};
  push(L, value->data);
  return 1;
}

int bytes_length(lua_State* L) {
  auto const* value = to_userdata<Bytes>(L, 1);
  if (value == nullptr) throw ArgumentError{fmt::format("sql.bytes expected, not {}", type_text(L, 1))};
  lua_pushnumber(L, static_cast<double>(value->data.size()));
  return 1;
}

constexpr luaL_Reg null_metamethods[] = {{"__tostring", bound<null_tostring>}, {nullptr, nullptr}};
constexpr luaL_Reg decimal_metamethods[] = {{"__tostring", bound<decimal_tostring>}, {"__eq", bound<decimal_equal>},
                                            {"__lt", bound<decimal_less>},           {"__le", bound<decimal_at_most>},
                                            {"__concat", bound<decimal_concat>},     {nullptr, nullptr}};
constexpr luaL_Reg decimal_methods[] = {{"number", bound<decimal_number>}, {nullptr, nullptr}};
constexpr luaL_Reg bytes_metamethods[] = {
    {"__tostring", bound<bytes_tostring>}, {"__len", bound<bytes_length>}, {nullptr, nullptr}};

/// A decimal taken apart: 0.<digits> x 10^exponent, digits without zeros at either end.
struct Parts {
  enum class Kind { minus_infinity, finite, infinity, nan } kind = Kind::finite;
  bool negative = false;
  std::string digits;
  long exponent = 0;
};

Parts parts_of(std::string_view text) {
  Parts parts;
  if (text == "NaN") {
    parts.kind = Parts::Kind::nan;
    return parts;
  }
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
    parts.negative = text.front() == '-';
    text.remove_prefix(1);
  }
  if (text == "Infinity") {
    parts.kind = parts.negative ? Parts::Kind::minus_infinity : Parts::Kind::infinity;
    return parts;
  }
  if (auto const e = text.find_first_of("eE"); e != std::string_view::npos) {
    auto tail = text.substr(e + 1);
    if (!tail.empty() && tail.front() == '+') tail.remove_prefix(1);
    std::from_chars(tail.data(), tail.data() + tail.size(), parts.exponent);
    text = text.substr(0, e);
  }
  auto const point = text.find('.');
  auto const whole = text.substr(0, point);
  parts.digits = whole;
  if (point != std::string_view::npos) parts.digits += text.substr(point + 1);
  parts.exponent += static_cast<long>(whole.size());
  auto const first = parts.digits.find_first_not_of('0');
  if (first == std::string::npos) return {};
  parts.digits.erase(0, first);
  parts.exponent -= static_cast<long>(first);
  parts.digits.erase(parts.digits.find_last_not_of('0') + 1);
  return parts;
}

/// [-0, +0] A list of values; unset when the table has other keys than 1..n, or elements that are no values.
std::optional<Value> to_array(lua_State* L, int index, int depth) {
  constexpr int deepest = 6; // PostgreSQL's own limit
  if (depth > deepest || lua_checkstack(L, 4) == 0) return std::nullopt;
  Array array;
  auto const length = lua_objlen(L, index);
  std::size_t keys = 0;
  lua_pushnil(L);
  while (lua_next(L, index) != 0) {
    lua_pop(L, 1);
    ++keys;
  }
  if (keys != length) return std::nullopt;
  array.elements.reserve(length);
  for (std::size_t i = 1; i <= length; ++i) {
    lua_rawgeti(L, index, static_cast<int>(i));
    auto element = lua_type(L, -1) == LUA_TTABLE ? to_array(L, lua_gettop(L), depth + 1) : to_value(L, -1);
    lua_pop(L, 1);
    if (!element) return std::nullopt;
    array.elements.push_back(std::move(*element));
  }
  return array;
}

char null_key; // its address is the registry key of sql.null

} // namespace

void push(lua_State* L, std::string_view text) {
  lua_pushlstring(L, text.data(), text.size());
}

void push(lua_State* L, std::vector<std::string> const& texts) {
  lua_createtable(L, static_cast<int>(texts.size()), 0);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    push(L, texts[i]);
    lua_rawseti(L, -2, static_cast<int>(i + 1));
  }
}

void push_integer(lua_State* L, std::int64_t value) {
  constexpr std::int64_t exact = std::int64_t{1} << 53;
  if (value >= -exact && value <= exact) {
    lua_pushnumber(L, static_cast<double>(value));
    return;
  }
  lua_rawgeti(L, LUA_REGISTRYINDEX, State::of(L).new_int64);
  lua_call(L, 0, 1); // int64_t(): only out of memory can be raised
  // The new value is ours alone until it is left on the stack; for cdata lua_topointer gives its bytes.
  *static_cast<std::int64_t*>(const_cast<void*>(lua_topointer(L, -1))) = value;
}

void push_null(lua_State* L) {
  lua_pushlightuserdata(L, &null_key);
  lua_rawget(L, LUA_REGISTRYINDEX);
}

void push_decimal(lua_State* L, Decimal value) {
  push_userdata(L, std::move(value));
}

void push_bytes(lua_State* L, Bytes value) {
  push_userdata(L, std::move(value));
}

void push_value(lua_State* L, Value const& value) {
  struct Push {
    lua_State* L;
    void operator()(Null) const { lua_pushnil(L); }
    void operator()(bool flag) const { lua_pushboolean(L, flag ? 1 : 0); }
    void operator()(std::int64_t number) const { push_integer(L, number); }
    void operator()(double number) const { lua_pushnumber(L, number); }
    void operator()(std::string const& text) const { push(L, text); }
    void operator()(Decimal const& number) const { push_decimal(L, number); }
    void operator()(Bytes const& bytes) const { push(L, bytes.data); }
    void operator()(Array const& array) const {
      if (lua_checkstack(L, 4) == 0) throw ScriptError{"the Lua stack is full"};
      lua_createtable(L, static_cast<int>(array.elements.size()), 0);
      for (std::size_t i = 0; i < array.elements.size(); ++i) {
        if (vm::is_null(array.elements[i]))
          push_null(L);
        else
          push_value(L, array.elements[i]);
        lua_rawseti(L, -2, static_cast<int>(i + 1));
      }
    }
  };
  std::visit(Push{L}, value);
}

bool is_null(lua_State* L, int index) {
  return to_userdata<NullObject>(L, index) != nullptr;
}

std::optional<std::int64_t> to_integer(lua_State* L, int index) {
  if (lua_type(L, index) == LUA_TNUMBER) {
    double const number = lua_tonumber(L, index);
    if (std::abs(number) <= exact_limit && std::floor(number) == number) return static_cast<std::int64_t>(number);
    return std::nullopt;
  }
  if (lua_type(L, index) != lua_tcdata) return std::nullopt;
  int const kind = kind_of_cdata(L, index);
  if (kind == 0) return std::nullopt;
  auto const bits = *static_cast<std::int64_t const*>(lua_topointer(L, index));
  if (kind == 2 && bits < 0) return std::nullopt;
  return bits;
}

std::optional<Value> to_value(lua_State* L, int index) {
  StackGuard guard{L};
  index = absolute(L, index);
  switch (lua_type(L, index)) {
  case LUA_TNONE:
  case LUA_TNIL: return Null{};
  case LUA_TBOOLEAN: return lua_toboolean(L, index) != 0;
  case LUA_TNUMBER:
    if (auto const number = to_integer(L, index)) {
      if (*number != 0 || !std::signbit(lua_tonumber(L, index))) return *number;
    }
    return lua_tonumber(L, index);
  case LUA_TSTRING: return to_text(L, index);
  case LUA_TTABLE: return to_array(L, index, 1);
  case LUA_TUSERDATA:
    if (is_null(L, index)) return Null{};
    if (auto const* decimal = to_userdata<Decimal>(L, index)) return *decimal;
    if (auto const* bytes = to_userdata<Bytes>(L, index)) return *bytes;
    return std::nullopt;
  case lua_tcdata: {
    if (auto const number = to_integer(L, index)) return *number;
    if (kind_of_cdata(L, index) == 2) // beyond int64_t: NUMERIC keeps its digits
      return Decimal{std::to_string(*static_cast<std::uint64_t const*>(lua_topointer(L, index)))};
    return std::nullopt;
  }
  default: return std::nullopt;
  }
}

bool is_decimal(std::string_view text) {
  if (text == "NaN") return true;
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);
  if (text == "Infinity") return true;
  auto const digits = [&text] {
    auto const end = std::min(text.find_first_not_of("0123456789"), text.size());
    text.remove_prefix(end);
    return end;
  };
  auto count = digits();
  if (!text.empty() && text.front() == '.') {
    text.remove_prefix(1);
    count += digits();
  }
  if (count == 0) return false;
  if (text.empty()) return true;
  if (text.front() != 'e' && text.front() != 'E') return false;
  text.remove_prefix(1);
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);
  auto const exponent = digits();
  return text.empty() && exponent > 0 && exponent <= 6;
}

int compare_decimals(std::string_view a, std::string_view b) {
  auto const left = parts_of(a);
  auto const right = parts_of(b);
  if (left.kind != right.kind) return left.kind < right.kind ? -1 : 1;
  if (left.kind != Parts::Kind::finite) return 0;
  auto const sign = [](Parts const& parts) { return parts.digits.empty() ? 0 : parts.negative ? -1 : 1; };
  if (sign(left) != sign(right)) return sign(left) < sign(right) ? -1 : 1;
  if (sign(left) == 0) return 0;
  int order =
      left.exponent != right.exponent ? (left.exponent < right.exponent ? -1 : 1) : left.digits.compare(right.digits);
  return left.negative ? -order : order;
}

std::string type_text(lua_State* L, int index) {
  StackGuard guard{L};
  int const type = lua_type(L, index);
  if (type == LUA_TNIL || type == LUA_TNONE) return "nil";
  if (type == LUA_TUSERDATA && lua_getmetatable(L, index) != 0) {
    lua_pushliteral(L, "__metatable");
    lua_rawget(L, -2);
    auto name = lua_type(L, -1) == LUA_TSTRING ? to_text(L, -1) : std::string{"userdata"};
    lua_pop(L, 2);
    return name;
  }
  if (type == lua_tcdata) return "cdata";
  return fmt::format("a {}", lua_typename(L, type));
}

void define_value_types(lua_State* L, State& state) {
  StackGuard guard{L};
  define_userdata<NullObject>(L, "sql.null", null_metamethods);
  define_userdata<Decimal>(L, "sql.decimal", decimal_metamethods, decimal_methods);
  define_userdata<Bytes>(L, "sql.bytes", bytes_metamethods);
  lua_pushlightuserdata(L, &null_key);
  push_userdata(L, NullObject{});
  lua_rawset(L, LUA_REGISTRYINDEX);

  // Scripts never see the ffi library: it is not in package.loaded, and nothing returned leads back to it. The registry
  // keeps it, for its functions hold a table that LuaJIT still reads in lua_close (2.1.0-beta3 crashes without).
  load(L,
       "local ffi = ...\n"
       "local int64, uint64, istype = ffi.typeof('int64_t'), ffi.typeof('uint64_t'), ffi.istype\n"
       "return function() return int64() end,\n"
       "  function(v) return istype(int64, v) and 1 or istype(uint64, v) and 2 or 0 end",
       "=int64");
  lua_pushcfunction(L, luaopen_ffi);
  lua_call(L, 0, 1);
  lua_pushvalue(L, -1);
  state.ffi = luaL_ref(L, LUA_REGISTRYINDEX);
  call(L, 1, 2);
  state.int64_kind = luaL_ref(L, LUA_REGISTRYINDEX);
  state.new_int64 = luaL_ref(L, LUA_REGISTRYINDEX);
  define_int64_text(L);
}

void push_ffi(lua_State* L) {
  lua_rawgeti(L, LUA_REGISTRYINDEX, State::of(L).ffi);
}

} // namespace vm::lua

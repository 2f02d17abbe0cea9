#include "bindings/sandbox.hpp"

#include "bindings/arguments.hpp"
#include "bindings/library.hpp"
#include "bindings/log.hpp"
#include "bindings/lua/call.hpp"
#include "bindings/lua/error.hpp"
#include "bindings/lua/push.hpp"
#include "bindings/lua/stack.hpp"
#include "bindings/module.hpp"
#include "bindings/patterns.hpp"
#include "engine/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <ctime>
#include <initializer_list>

namespace vm::bindings {

namespace {

// Their addresses are registry keys.
char globals_key;
char environment_metatable_key;
char modules_key;

struct Library {
  char const* name;
  std::initializer_list<char const*> fields;
};

constexpr std::array base_functions = {"assert",   "error",    "getmetatable", "ipairs", "next",     "pairs",
                                       "pcall",    "rawequal", "rawget",       "select", "_VERSION", "setmetatable",
                                       "tonumber", "tostring", "type",         "unpack", "xpcall"};

Library const libraries[] = {
    {"string",
     {"byte", "char", "find", "format", "gmatch", "gsub", "len", "lower", "match", "rep", "reverse", "sub", "upper"}},
    {"table", {"concat", "insert", "maxn", "remove", "sort"}},
    {"math", {"abs",   "acos", "asin",  "atan",   "atan2",      "ceil", "cos",   "cosh", "deg", "exp",
              "floor", "fmod", "frexp", "huge",   "ldexp",      "log",  "log10", "max",  "min", "modf",
              "pi",    "pow",  "rad",   "random", "randomseed", "sin",  "sinh",  "sqrt", "tan", "tanh"}},
    {"bit", {"arshift", "band", "bnot", "bor", "bswap", "bxor", "lshift", "rol", "ror", "rshift", "tobit", "tohex"}},
    {"coroutine", {"create", "isyieldable", "resume", "running", "status", "wrap", "yield"}},
    {"os", {"clock", "date", "time"}},
};

/// Names of the standard library that scripts do not have, for a hint when one uses them.
constexpr std::array absent = {"collectgarbage", "debug",    "dofile",    "execute", "exit",     "ffi",
                               "getfenv",        "io",       "jit",       "load",    "loadfile", "loadstring",
                               "module",         "newproxy", "package",   "popen",   "dump",     "remove",
                               "rename",         "setfenv",  "setlocale", "tmpname", "loadlib",  "_G"};

int getenv(lua_State* L) {
  Arguments args{L, "os.getenv"};
  auto const name = args.text(1, "name");
  args.done();
  auto const& options = *context_of(L).options;
  auto const& allowed = options.allow_env;
  if (!options.unsafe && std::find(allowed.begin(), allowed.end(), name) == allowed.end())
    throw lua::ArgumentError{fmt::format("os.getenv: '{}' is not in the list of variables scripts may see", name),
                             Hint{fmt::format("add it to vm.toml: allow_env = [\"{}\"]", name)}};
  char const* value = std::getenv(name.c_str());
  if (value == nullptr) return 0;
  lua::push(L, std::string_view{value});
  return 1;
}

int rawset_checked(lua_State* L) {
  Arguments args{L, "rawset"};
  args.table(1, "table");
  args.index(2);
  args.index(3);
  lua_settop(L, 3);
  if (lua_isnil(L, 2)) args.fail("the key is nil");
  if (lua_getmetatable(L, 1) != 0) {
    lua_pushliteral(L, "__metatable");
    lua_rawget(L, -2);
    if (!lua_isnil(L, -1)) args.fail("this table is read-only");
    lua_settop(L, 3);
  }
  lua_rawset(L, 1);
  lua_settop(L, 1);
  return 1;
}

/// Whether the error at an index is what the hook raises to stop a script.
bool is_stop(lua_State* L, int index) {
  auto const cause = lua::exception_at(L, index);
  if (cause == nullptr) return false;
  try {
    std::rethrow_exception(cause);
  } catch (lua::LimitError const&) {
    return true;
  } catch (Interrupted const&) {
    return true;
  } catch (std::exception const&) {
    return false;
  }
}

/// The script's message handler (an upvalue), unless the script is being stopped: LuaJIT runs a handler with the hook
/// that raised the error switched off, so that one with an endless loop would never end.
int handle_error(lua_State* L) {
  lua_settop(L, 1);
  if (is_stop(L, 1)) return 1;
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_call(L, 1, 1);
  return 1;
}

int guard_handler(lua_State* L) {
  lua_settop(L, 1);
  if (!lua_isnil(L, 1)) lua_pushcclosure(L, bound<handle_error>, 1);
  return 1;
}

/// [-0, +0] Puts xpcall with guarded handlers into the table on top. In Lua, so that coroutines can yield through it.
void add_xpcall(lua_State* L) {
  lua::load(L, "local xpcall, guard = ... return function(f, h, ...) return xpcall(f, guard(h), ...) end", "=xpcall");
  lua_getfield(L, LUA_GLOBALSINDEX, "xpcall");
  lua_pushcfunction(L, bound<guard_handler>);
  lua_call(L, 2, 1);
  lua_setfield(L, -2, "xpcall");
}

int refuse_assignment(lua_State* L) {
  lua_pushvalue(L, 2);
  auto const key = lua::to_text(L, -1);
  throw lua::ArgumentError{fmt::format("'{}' cannot be set: the table is read-only", key)};
}

/// [-1, +1] The table on top becomes the inside of a read-only face.
void make_read_only(lua_State* L) {
  lua_newtable(L);
  lua_createtable(L, 0, 3);
  lua_pushvalue(L, -3);
  lua_setfield(L, -2, "__index");
  lua_pushcfunction(L, bound<refuse_assignment>);
  lua_setfield(L, -2, "__newindex");
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  lua_setmetatable(L, -2);
  lua_remove(L, -2);
}

/// [-0, +1] A table with the listed fields of a global library.
void copy_library(lua_State* L, Library const& library) {
  lua_createtable(L, 0, static_cast<int>(library.fields.size()));
  lua_getfield(L, LUA_GLOBALSINDEX, library.name);
  for (auto const* field : library.fields) {
    lua_getfield(L, -1, field);
    lua_setfield(L, -3, field);
  }
  lua_pop(L, 1);
}

void open_standard(lua_State* L) {
  constexpr luaL_Reg openers[] = {{"", luaopen_base},
                                  {LUA_STRLIBNAME, luaopen_string},
                                  {LUA_TABLIBNAME, luaopen_table},
                                  {LUA_MATHLIBNAME, luaopen_math},
                                  {LUA_BITLIBNAME, luaopen_bit},
                                  {LUA_OSLIBNAME, luaopen_os}};
  for (auto const& opener : openers) {
    lua_pushcfunction(L, opener.func);
    lua_pushstring(L, opener.name);
    lua_call(L, 1, 0);
  }
}

void set(lua_State* L, void* key) { // [-1, +0]
  lua_pushlightuserdata(L, key);
  lua_insert(L, -2);
  lua_rawset(L, LUA_REGISTRYINDEX);
}

void get(lua_State* L, void* key) { // [-0, +1]
  lua_pushlightuserdata(L, key);
  lua_rawget(L, LUA_REGISTRYINDEX);
}

/// [-0, +0] Puts the standard library's chosen part into the table on top.
void add_standard(lua_State* L) {
  for (auto const* name : base_functions) {
    lua_getfield(L, LUA_GLOBALSINDEX, name);
    lua_setfield(L, -2, name);
  }
  for (auto const& library : libraries) {
    copy_library(L, library);
    if (std::string_view{library.name} == "os") {
      lua_pushcfunction(L, bound<getenv>);
      lua_setfield(L, -2, "getenv");
    }
    if (std::string_view{library.name} == "string") {
      set_pattern_functions(L);
      // ("x"):upper() finds the chosen functions too, and getmetatable("") finds nothing.
      lua_pushliteral(L, "");
      lua_getmetatable(L, -1);
      lua_pushvalue(L, -3);
      lua_setfield(L, -2, "__index");
      lua_pushboolean(L, 0);
      lua_setfield(L, -2, "__metatable");
      lua_pop(L, 2);
    }
    make_read_only(L);
    lua_setfield(L, -2, library.name);
  }
}

/// [-0, +0] Copies every global of the full library into the table on top.
void add_everything(lua_State* L) {
  luaL_openlibs(L);
  lua_pushnil(L);
  while (lua_next(L, LUA_GLOBALSINDEX) != 0) {
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_rawset(L, -4);
  }
}

void add_modules(lua_State* L) {
  lua_newtable(L);
  for (auto const& module : modules()) {
    lua_newtable(L);
    for (auto const& part : module.functions) {
      for (auto const& function : part) {
        lua_pushcfunction(L, function.func);
        lua_setfield(L, -2, function.name);
      }
    }
    if (module.fill != nullptr) module.fill(L);
    if (module.field != nullptr) {
      lua_createtable(L, 0, 1);
      lua_pushcfunction(L, module.field);
      lua_setfield(L, -2, "__index");
      lua_setmetatable(L, -2);
    }
    lua::push(L, module.name);
    lua_pushvalue(L, -2);
    lua_rawset(L, -4); // modules[name] = table
    make_read_only(L);
    lua::push(L, module.name);
    lua_insert(L, -2);
    lua_rawset(L, -4); // globals[name] = face
  }
  set(L, &modules_key);
}

} // namespace

void open_sandbox(lua_State* L, bool unsafe) {
  lua::protect(L, [unsafe](lua_State* inner) {
    lua_newtable(inner);
    if (unsafe) {
      add_everything(inner);
    } else {
      open_standard(inner);
      add_standard(inner);
      add_xpcall(inner);
      lua_pushcfunction(inner, bound<rawset_checked>);
      lua_setfield(inner, -2, "rawset");
    }
    open_library(inner);
    lua_pushcfunction(inner, bound<require>);
    lua_setfield(inner, -2, "require");
    lua_pushcfunction(inner, bound<print>);
    lua_setfield(inner, -2, "print");
    add_modules(inner);
    lua_createtable(inner, 0, 2);
    lua_pushvalue(inner, -2);
    lua_setfield(inner, -2, "__index");
    lua_pushboolean(inner, 0);
    lua_setfield(inner, -2, "__metatable");
    set(inner, &environment_metatable_key);
    set(inner, &globals_key);
  });
}

void push_environment(lua_State* L) {
  lua_createtable(L, 0, 8);
  get(L, &environment_metatable_key);
  lua_setmetatable(L, -2);
}

void push_module(lua_State* L, std::string_view name) {
  get(L, &modules_key);
  lua::push(L, name);
  lua_rawget(L, -2);
  lua_remove(L, -2);
}

void load_script(lua_State* L, std::string_view text, std::string_view shown_path) {
  if (text.find('\0') != std::string_view::npos || (!text.empty() && text.front() == '\x1b')) {
    ScriptError error{"this is no Lua text: it holds binary data"};
    error.locate({std::string{shown_path}, 0});
    throw error;
  }
  std::string chunk;
  chunk.reserve(shown_path.size() + 1);
  chunk += '@';
  chunk += shown_path;
  push_environment(L);
  lua::load(L, text, chunk.c_str());
  lua_pushvalue(L, -2);
  lua_setfenv(L, -2);
}

std::string explain_nil(std::string_view message) {
  // "attempt to call field 'x' (a nil value)", "attempt to index global 'io' (a nil value)"
  if (!message.starts_with("attempt to ") || !message.ends_with("(a nil value)")) return {};
  auto const first = message.find('\'');
  auto const last = message.rfind('\'');
  if (first == message.npos || first == last) return {};
  auto const name = message.substr(first + 1, last - first - 1);
  bool const is_field = message.find(" field '") != message.npos;
  if (std::find(absent.begin(), absent.end(), name) != absent.end())
    return fmt::format("scripts run without '{}'; --unsafe-scripts gives them the full library", name);
  std::vector<std::string> candidates;
  std::string owner;
  if (is_field) {
    for (auto const& module : modules()) {
      for (auto const& part : module.functions) {
        for (auto const& function : part) candidates.emplace_back(function.name);
      }
    }
  } else {
    for (auto const& module : modules()) candidates.emplace_back(module.name);
    candidates.insert(candidates.end(), base_functions.begin(), base_functions.end());
  }
  if (auto const near = nearest_name(name, candidates); near && *near != name)
    return fmt::format("did you mean '{}'?", *near);
  return {};
}

} // namespace vm::bindings

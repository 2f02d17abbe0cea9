#include "bindings/lua/error.hpp"

#include "bindings/lua/push.hpp"
#include "bindings/lua/state.hpp"
#include "bindings/lua/userdata.hpp"

#include <fmt/format.h>

#include <string_view>

namespace vm::lua {

namespace {

struct ErrorObject {
  std::exception_ptr exception;
};

/// Calls `visit` with the exception. Cost: a throw, paid only when a script looks at an error.
template<typename Visit>
void look_into(std::exception_ptr const& exception, Visit visit) {
  try {
    std::rethrow_exception(exception);
  } catch (std::exception const& error) {
    visit(error);
  }
}

ErrorObject& self(lua_State* L) {
  auto* object = to_userdata<ErrorObject>(L, 1);
  if (object == nullptr) throw ArgumentError{"a 'vm.error' was expected"};
  return *object;
}

std::string text_of(lua_State* L, int index) {
  if (auto* object = to_userdata<ErrorObject>(L, index)) {
    std::string text;
    look_into(object->exception, [&](std::exception const& error) {
      text = error.what();
      if (auto const* ours = dynamic_cast<Error const*>(&error); ours != nullptr && ours->location())
        text = fmt::format("{}: {}", to_string(*ours->location()), text);
    });
    return text;
  }
  std::size_t length = 0;
  if (char const* text = lua_tolstring(L, index, &length)) return {text, length};
  return lua_typename(L, lua_type(L, index));
}

int error_tostring(lua_State* L) {
  push(L, text_of(L, 1));
  return 1;
}

int error_concat(lua_State* L) {
  lua_settop(L, 2);
  push(L, text_of(L, 1) + text_of(L, 2));
  return 1;
}

std::string_view kind_text(DatabaseErrorKind kind) {
  switch (kind) {
  case DatabaseErrorKind::syntax: return "syntax";
  case DatabaseErrorKind::constraint: return "constraint";
  case DatabaseErrorKind::lock_timeout: return "lock_timeout";
  case DatabaseErrorKind::deadlock: return "deadlock";
  case DatabaseErrorKind::connection_lost: return "connection_lost";
  case DatabaseErrorKind::interrupted: return "interrupted";
  case DatabaseErrorKind::read_only: return "read_only";
  case DatabaseErrorKind::disk_full: return "disk_full";
  case DatabaseErrorKind::other: break;
  }
  return "other";
}

/// The exception's facts as fields: message, hint, file, line; of the database's errors kind, code, detail, statement.
int error_index(lua_State* L) {
  auto const exception = self(L).exception;
  if (lua_type(L, 2) != LUA_TSTRING) return 0;
  std::size_t length = 0;
  char const* text = lua_tolstring(L, 2, &length);
  std::string const key{text, length};
  std::optional<std::string> value;
  std::optional<int> number;
  look_into(exception, [&](std::exception const& error) {
    if (key == "message") value = error.what();
    if (auto const* ours = dynamic_cast<Error const*>(&error)) {
      if (key == "hint" && !ours->hints().empty()) value = ours->hints().front().text;
      if (key == "file" && ours->location()) value = ours->location()->file;
      if (key == "line" && ours->location() && ours->location()->line > 0) number = ours->location()->line;
    }
    if (auto const* database = dynamic_cast<DatabaseError const*>(&error)) {
      if (key == "kind") value = kind_text(database->kind);
      if (key == "code" || key == "sqlstate") value = database->code;
      if (key == "detail") value = database->detail;
      if (key == "statement") value = database->statement;
    }
  });
  if (number) {
    lua_pushinteger(L, *number);
    return 1;
  }
  if (!value) return 0;
  push(L, *value);
  return 1;
}

constexpr luaL_Reg error_metamethods[] = {{"__tostring", bound<error_tostring>},
                                          {"__concat", bound<error_concat>},
                                          {"__index", bound<error_index>},
                                          {nullptr, nullptr}};

} // namespace

void define_error_type(lua_State* L) {
  define_userdata<ErrorObject>(L, "vm.error", error_metamethods);
}

void push_error(lua_State* L, std::exception& error) {
  if (auto* ours = dynamic_cast<Error*>(&error); ours != nullptr && !ours->location()) {
    if (auto place = caller(L)) ours->locate(std::move(*place));
  }
  push_userdata(L, ErrorObject{std::current_exception()});
}

std::exception_ptr exception_at(lua_State* L, int index) {
  auto const* object = to_userdata<ErrorObject>(L, index);
  return object != nullptr ? object->exception : nullptr;
}

std::vector<Frame> frames(lua_State* L, int level) {
  // A stack that overflowed has tens of thousands of levels; the ends are what a person reads.
  constexpr int most = 30;
  std::vector<Frame> found;
  lua_Debug record{};
  for (; static_cast<int>(found.size()) < most && lua_getstack(L, level, &record) == 1; ++level) {
    lua_getinfo(L, "Sln", &record);
    if (record.source == nullptr || record.source[0] != '@' || record.currentline <= 0) continue;
    found.push_back({{record.source + 1, record.currentline}, record.name != nullptr ? record.name : ""});
  }
  return found;
}

std::optional<Location> caller(lua_State* L, int level) {
  lua_Debug record{};
  for (; lua_getstack(L, level, &record) == 1; ++level) {
    lua_getinfo(L, "Sl", &record);
    if (record.source == nullptr || record.source[0] != '@' || record.currentline <= 0) continue;
    return Location{record.source + 1, record.currentline};
  }
  return std::nullopt;
}

std::string traceback_text(std::vector<Frame> const& frames) {
  std::string text;
  for (auto const& frame : frames) {
    if (!text.empty()) text += '\n';
    text += to_string(frame.location);
    if (!frame.function.empty()) text += fmt::format(": in function '{}'", frame.function);
  }
  return text;
}

LimitError out_of_memory(std::size_t limit) {
  return {fmt::format("not enough memory: the script needs more than the limit of {}", memory_text(limit)),
          Hint{"raise 'memory_limit' in vm.toml, or read rows one by one with db:rows"}};
}

} // namespace vm::lua

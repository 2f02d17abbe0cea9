// The vm module: where a migration runs, and small tools that need no database.
#include "bindings/arguments.hpp"
#include "bindings/json.hpp"
#include "bindings/library.hpp"
#include "bindings/lua/push.hpp"
#include "bindings/lua/stack.hpp"
#include "bindings/lua/userdata.hpp"
#include "bindings/module.hpp"
#include "engine/core/digest.hpp"
#include "engine/core/files.hpp"
#include "engine/core/text.hpp"
#include "engine/core/version.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <sys/random.h>

namespace vm::bindings {

namespace {

int uuid(lua_State* L) {
  Arguments args{L, "vm.uuid"};
  args.done();
  std::array<unsigned char, 16> bytes{};
  if (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
    args.fail("the system gave no random bytes");
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0f) | 0x40); // version 4
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3f) | 0x80); // variant of RFC 4122
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += fmt::format("{:02x}", bytes.at(i));
  }
  lua::push(L, text);
  return 1;
}

int sha256(lua_State* L) {
  Arguments args{L, "vm.sha256"};
  auto const text = args.text(1, "text");
  args.done();
  lua::push(L, sha256_hex(text));
  return 1;
}

std::string project_text(lua_State* L, std::string const& path, std::string_view function) {
  try {
    return vm::read_file(project_file(L, path, function));
  } catch (FileError const& error) {
    throw lua::ArgumentError{fmt::format("{}: cannot read '{}': {}", function, path, error.reason)};
  }
}

int read_file(lua_State* L) {
  Arguments args{L, "vm.read_file"};
  auto const path = args.text(1, "path");
  args.done();
  lua::push(L, project_text(L, path, args.function()));
  return 1;
}

constexpr luaL_Reg functions[] = {{"uuid", bound<uuid>}, {"sha256", bound<sha256>}, {"read_file", bound<read_file>}};

} // namespace

Functions vm_functions() {
  return functions;
}

void fill_vm(lua_State* L) {
  define_csv(L);
  define_json(L);
  lua_newtable(L);
  for (auto const& function : json_functions()) {
    lua_pushcfunction(L, function.func);
    lua_setfield(L, -2, function.name);
  }
  lua_setfield(L, -2, "json");
  lua::push(L, version);
  lua_setfield(L, -2, "version");
}

int vm_field(lua_State* L) {
  if (lua_type(L, 2) != LUA_TSTRING) return 0;
  auto const key = lua::to_text(L, 2);
  auto const& context = context_of(L);
  if (key == "args") {
    lua_createtable(L, 0, static_cast<int>(context.options->arguments.size()));
    for (auto const& [name, value] : context.options->arguments) {
      lua::push(L, name);
      lua::push(L, value);
      lua_rawset(L, -3);
    }
    return 1;
  }
  std::vector<std::string> const dynamic{"dialect", "server_version", "offline", "direction"};
  if (std::find(dynamic.begin(), dynamic.end(), key) == dynamic.end()) {
    auto known = dynamic;
    known.insert(known.end(), {"args", "version", "json", "uuid", "sha256", "read_file", "read_csv"});
    lua::ArgumentError error{fmt::format("'vm.{}' does not exist", key)};
    if (auto const near = nearest_name(key, known)) error.add_hint({fmt::format("did you mean 'vm.{}'?", *near)});
    throw error;
  }
  if (context.surroundings == nullptr) return 0; // no migration runs: headers are read
  auto const& now = *context.surroundings;
  if (key == "offline")
    lua_pushboolean(L, now.offline ? 1 : 0);
  else
    lua::push(L, key == "dialect" ? now.dialect : key == "server_version" ? now.server_version : now.direction);
  return 1;
}

} // namespace vm::bindings

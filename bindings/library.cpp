#include "bindings/library.hpp"

#include "bindings/arguments.hpp"
#include "bindings/embedded.hpp"
#include "bindings/lua/call.hpp"
#include "bindings/lua/push.hpp"
#include "bindings/lua/stack.hpp"
#include "bindings/lua/state.hpp"
#include "bindings/sandbox.hpp"
#include "engine/core/files.hpp"
#include "engine/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <system_error>

namespace vm::bindings {

namespace {

namespace fs = std::filesystem;

char loaded_key; // its address is the registry key of the table of loaded modules

bool is_inside(fs::path const& path, fs::path const& folder) {
  auto const [end, rest] = std::mismatch(folder.begin(), folder.end(), path.begin(), path.end());
  return end == folder.end() || (end->empty() && std::next(end) == folder.end());
}

/// The real path, or unset when there is nothing.
std::optional<fs::path> real_path(fs::path const& path) {
  std::error_code error;
  auto real = fs::canonical(path, error);
  if (error) return std::nullopt;
  return real;
}

struct Source {
  std::string text;
  std::string shown;
};

/// "a.b" -> "a/b"; only names that cannot leave a folder.
std::string relative_path(std::string const& name, std::string_view function) {
  bool good = !name.empty();
  for (auto const part : split(name, '.')) {
    good = good && !part.empty() && std::all_of(part.begin(), part.end(), [](unsigned char c) {
             return std::isalnum(c) != 0 || c == '_' || c == '-';
           });
  }
  if (!good)
    throw lua::ArgumentError{
        fmt::format("{}: '{}' is no name of a module", function, name),
        Hint{"write names joined by dots, as in require \"audit\" or require \"lib.audit\": no paths, no '..'"}};
  std::string path = name;
  std::replace(path.begin(), path.end(), '.', '/');
  return path;
}

Source find_source(script::HostOptions const& options, std::string const& name, std::string_view function) {
  auto const relative = relative_path(name, function);
  if (name.starts_with("vm.")) {
    for (auto const& file : embedded_files()) {
      if (file.name == relative + ".lua") return {std::string{file.text}, fmt::format("scripts/{}.lua", relative)};
    }
    std::vector<std::string> names;
    for (auto const& file : embedded_files()) {
      std::string module{file.name.substr(0, file.name.size() - 4)};
      std::replace(module.begin(), module.end(), '/', '.');
      names.push_back(std::move(module));
    }
    throw lua::ArgumentError{fmt::format("{}: vm has no library '{}'", function, name),
                             Hint{fmt::format("there are {}", quoted_list(names))}};
  }
  auto folders = options.library_path;
  folders.push_back(options.project);
  std::vector<std::string> tried;
  for (auto const& folder : folders) {
    for (auto const* tail : {".lua", "/init.lua"}) {
      auto const candidate = folder / (relative + tail);
      auto const real = real_path(candidate);
      if (!real) {
        if (auto shown = shown_path(candidate, options.project);
            std::find(tried.begin(), tried.end(), shown) == tried.end())
          tried.push_back(std::move(shown));
        continue;
      }
      bool const inside = std::any_of(folders.begin(), folders.end(), [&](fs::path const& allowed) {
        auto const root = real_path(allowed);
        return root && is_inside(*real, *root);
      });
      if (!inside)
        throw lua::ArgumentError{fmt::format("{}: '{}' leads out of the project: '{}' is a link to '{}'", function,
                                             name, shown_path(candidate, options.project), real->native()),
                                 Hint{"add the folder to library_path in vm.toml"}};
      try {
        return {read_file(*real), shown_path(candidate, options.project)};
      } catch (FileError const& error) {
        throw ScriptError{fmt::format("{}: {}", function, error.message())};
      }
    }
  }
  throw lua::ArgumentError{fmt::format("{}: there is no module '{}'", function, name),
                           Hint{fmt::format("looked for {}", quoted_list(tried))}};
}

/// Removes the name when the file has run, however it ended.
class Requiring {
 public:
  Requiring(std::vector<std::string>& names, std::string name) : names_{names} { names_.push_back(std::move(name)); }
  ~Requiring() { names_.pop_back(); }
  Requiring(Requiring const&) = delete;
  Requiring& operator=(Requiring const&) = delete;

 private:
  std::vector<std::string>& names_;
};

} // namespace

void open_library(lua_State* L) {
  lua_pushlightuserdata(L, &loaded_key);
  lua_newtable(L);
  lua_rawset(L, LUA_REGISTRYINDEX);
}

void push_library(lua_State* L, std::string const& name, std::string_view function) {
  lua_pushlightuserdata(L, &loaded_key);
  lua_rawget(L, LUA_REGISTRYINDEX);
  int const loaded = lua_gettop(L);
  lua::push(L, name);
  lua_rawget(L, loaded);
  if (!lua_isnil(L, -1)) {
    lua_remove(L, loaded);
    return;
  }
  lua_pop(L, 1);
  auto& context = context_of(L);
  auto& names = context.requiring;
  if (auto const first = std::find(names.begin(), names.end(), name); first != names.end()) {
    std::vector<std::string> circle{first, names.end()};
    circle.push_back(name);
    throw lua::ArgumentError{
        fmt::format("{}: modules require each other in a circle: {}", function, join(circle, " -> "))};
  }
  auto const source = find_source(*context.options, name, function);
  Requiring requiring{names, name};
  load_script(L, source.text, source.shown);
  lua_remove(L, -2); // the environment lives on in the function
  lua::call(L, 0, 1);
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    lua_pushboolean(L, 1);
  }
  lua::push(L, name);
  lua_pushvalue(L, -2);
  lua_rawset(L, loaded);
  lua_remove(L, loaded);
}

std::optional<std::string> find_in_libraries(lua_State* L, int index) {
  index = lua::absolute(L, index);
  auto const top = lua_gettop(L);
  std::optional<std::string> found;
  lua_pushlightuserdata(L, &loaded_key);
  lua_rawget(L, LUA_REGISTRYINDEX);
  lua_pushnil(L);
  while (!found && lua_next(L, top + 1) != 0) {
    auto const module = lua::to_text(L, top + 2);
    if (lua_rawequal(L, -1, index) != 0) found = module + ":";
    if (!found && lua_type(L, -1) == LUA_TTABLE) {
      lua_pushnil(L);
      while (!found && lua_next(L, top + 3) != 0) {
        if (lua_rawequal(L, -1, index) != 0 && lua_type(L, -2) == LUA_TSTRING)
          found = module + ":" + lua::to_text(L, -2);
        lua_pop(L, 1);
      }
      lua_settop(L, top + 3);
    }
    lua_settop(L, top + 2);
  }
  lua_settop(L, top);
  return found;
}

int require(lua_State* L) {
  Arguments args{L, "require"};
  auto const name = args.text(1, "module");
  args.done();
  auto const& options = *context_of(L).options;
  if (options.unsafe) {
    lua_getfield(L, LUA_REGISTRYINDEX, "_LOADED"); // the full library's own modules: ffi, jit.util …
    lua_getfield(L, -1, name.c_str());
    if (!lua_isnil(L, -1)) return 1;
    lua_pop(L, 2);
    if (name == "ffi") {
      lua::push_ffi(L);
      return 1;
    }
  }
  push_library(L, name, args.function());
  return 1;
}

std::filesystem::path project_file(lua_State* L, std::string const& path, std::string_view function) {
  auto const& options = *context_of(L).options;
  auto const asked = options.project / path;
  auto const real = real_path(asked);
  if (!real) throw lua::ArgumentError{fmt::format("{}: there is no file '{}' in the project", function, path)};
  auto const root = real_path(options.project);
  if (!options.unsafe && (!root || !is_inside(*real, *root)))
    throw lua::ArgumentError{fmt::format("{}: '{}' lies outside the project", function, path),
                             Hint{"scripts may read files of the project's folder only"}};
  return *real;
}

} // namespace vm::bindings

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

/// A CSV file being read: RFC 4180, with LF as good as CRLF.
struct Csv {
  std::string path;
  std::string text;
  std::size_t position = 0;
  int line = 1;
  char separator = ',';
  std::vector<std::string> header;

  [[noreturn]] void fail(std::string const& problem) const {
    throw lua::ArgumentError{fmt::format("vm.read_csv: {}:{}: {}", path, line, problem)};
  }

  /// The next record; false at the end. A line break inside quotes belongs to the field.
  bool next(std::vector<std::string>& fields) {
    fields.clear();
    if (position >= text.size()) return false;
    while (true) {
      fields.push_back(field());
      if (position < text.size() && text[position] == separator) {
        ++position;
        continue;
      }
      if (position < text.size() && text[position] == '\r') ++position;
      if (position < text.size()) {
        if (text[position] != '\n') fail("a quoted field is followed by text");
        ++position;
        ++line;
      }
      return true;
    }
  }

 private:
  std::string field() {
    if (position >= text.size() || text[position] != '"') {
      std::string const ends{separator, '\n', '\r'};
      auto end = text.find_first_of(ends, position);
      while (end != std::string::npos && text[end] == '\r' && end + 1 < text.size() && text[end + 1] != '\n')
        end = text.find_first_of(ends, end + 1);
      auto const from = position;
      position = std::min(end, text.size());
      return text.substr(from, position - from);
    }
    std::string value;
    int const start = line;
    for (++position; position < text.size(); ++position) {
      char const c = text[position];
      if (c == '\n') ++line;
      if (c != '"') {
        value += c;
        continue;
      }
      ++position;
      if (position < text.size() && text[position] == '"') {
        value += '"';
        continue;
      }
      return value;
    }
    line = start;
    fail("a quoted field has no end");
  }
};

struct CsvReader {
  std::unique_ptr<Csv> csv; ///< memory only: the file is closed already
};

int csv_call(lua_State* L) {
  auto* reader = lua::to_userdata<CsvReader>(L, 1);
  if (reader == nullptr) throw lua::ArgumentError{"vm.read_csv: the iterator was called without its file"};
  auto& csv = *reader->csv;
  int const line = csv.line;
  std::vector<std::string> fields;
  if (!csv.next(fields)) return 0;
  if (fields.size() != csv.header.size()) {
    csv.line = line;
    csv.fail(fmt::format("{} fields, but the header has {}", fields.size(), csv.header.size()));
  }
  lua_createtable(L, 0, static_cast<int>(fields.size()));
  for (std::size_t i = 0; i < fields.size(); ++i) {
    lua::push(L, csv.header[i]);
    lua::push(L, fields[i]);
    lua_rawset(L, -3);
  }
  return 1;
}

constexpr luaL_Reg csv_metamethods[] = {{"__call", bound<csv_call>}, {nullptr, nullptr}};

int read_csv(lua_State* L) {
  Arguments args{L, "vm.read_csv"};
  auto const path = args.text(1, "path");
  auto options = args.options(2);
  auto const separator = options.text("separator").value_or(",");
  if (separator.size() != 1 || separator == "\"" || separator == "\n" || separator == "\r")
    options.fail("'separator' must be one character");
  options.done();
  args.done();
  auto csv = std::make_unique<Csv>();
  csv->path = path;
  csv->separator = separator.front();
  csv->text = project_text(L, path, args.function());
  constexpr std::string_view mark = "\xef\xbb\xbf";
  if (csv->text.starts_with(mark)) csv->position = mark.size();
  if (!csv->next(csv->header)) args.fail(fmt::format("'{}' is empty", path));
  auto names = csv->header;
  std::sort(names.begin(), names.end());
  if (auto const twice = std::adjacent_find(names.begin(), names.end()); twice != names.end())
    args.fail(fmt::format("{}:1: two columns are named '{}'", path, *twice));
  lua::push_userdata(L, CsvReader{std::move(csv)});
  return 1;
}

constexpr luaL_Reg functions[] = {
    {"uuid", bound<uuid>}, {"sha256", bound<sha256>}, {"read_file", bound<read_file>}, {"read_csv", bound<read_csv>}};

} // namespace

Functions vm_functions() {
  return functions;
}

void fill_vm(lua_State* L) {
  lua::define_userdata<CsvReader>(L, "vm.csv", csv_metamethods);
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

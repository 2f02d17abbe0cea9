#include "bindings/header.hpp"

#include "bindings/lua/call.hpp"
#include "bindings/lua/push.hpp"
#include "bindings/lua/stack.hpp"
#include "bindings/lua/table_reader.hpp"
#include "bindings/sandbox.hpp"
#include "engine/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vm::bindings {

namespace {

constexpr std::string_view fields[] = {"revision",    "down_revision", "branch_labels", "depends_on",
                                       "transaction", "upgrade",       "downgrade"};

/// Collects what is wrong; the first is the error, its place the assignment.
class FieldReader {
 public:
  FieldReader(lua_State* L, int environment, std::string_view text, std::string_view shown)
      : L_{L},
        environment_{environment},
        text_{text},
        shown_{shown} {}

  std::string revision() {
    Field field{*this, "revision"};
    if (lua_type(L_, -1) == LUA_TNIL) {
      ScriptError error{"the file sets no 'revision'"};
      if (text_.find("local revision") != std::string_view::npos)
        error.add_hint({"it is local here: take 'local' away"});
      else
        error.add_hint({"write revision = \"…\" at its top level; 'vm revision -m …' makes such a file"});
      throw located(std::move(error), 0);
    }
    if (lua_type(L_, -1) != LUA_TSTRING) wrong("revision", "a string");
    return lua::to_text(L_, -1);
  }

  std::vector<std::string> names(char const* key) {
    Field field{*this, key};
    if (lua_type(L_, -1) == LUA_TNIL) return {};
    auto list = lua::read_texts(L_, -1);
    if (!list) wrong(key, "nil, a string or a list of strings");
    return std::move(*list);
  }

  bool transaction() {
    Field field{*this, "transaction"};
    if (lua_type(L_, -1) == LUA_TNIL) return true;
    if (lua_type(L_, -1) != LUA_TBOOLEAN) wrong("transaction", "true or false");
    return lua_toboolean(L_, -1) != 0;
  }

  bool function(char const* key) {
    Field field{*this, key};
    if (lua_type(L_, -1) == LUA_TNIL) return false;
    if (lua_type(L_, -1) != LUA_TFUNCTION) wrong(key, "a function");
    return true;
  }

  /// A global that nearly has a field's name, while that field is not set, is a misspelt field.
  void check_spelling() {
    lua_pushnil(L_);
    while (lua_next(L_, environment_) != 0) {
      lua_pop(L_, 1);
      if (lua_type(L_, -1) != LUA_TSTRING) continue;
      std::size_t length = 0;
      std::string_view const name{lua_tolstring(L_, -1, &length), length};
      if (std::find(std::begin(fields), std::end(fields), name) != std::end(fields)) continue;
      misspelt(std::string{name});
    }
  }

 private:
  /// [-0, +0] The global, on top of the stack while the object lives.
  class Field {
   public:
    Field(FieldReader const& reader, char const* key) : L_{reader.L_} {
      lua_pushstring(L_, key);
      lua_rawget(L_, reader.environment_);
    }
    ~Field() { lua_pop(L_, 1); }
    Field(Field const&) = delete;
    Field& operator=(Field const&) = delete;

   private:
    lua_State* L_;
  };

  void misspelt(std::string const& name) {
    std::vector<std::string> unset;
    for (auto const field : fields) {
      lua::push(L_, field);
      lua_rawget(L_, environment_);
      if (lua_isnil(L_, -1)) unset.emplace_back(field);
      lua_pop(L_, 1);
    }
    auto const near = nearest_name(name, unset);
    // A third of a long name is three letters, and then it is another word.
    if (!near || near->size() > name.size() + 2 || name.size() > near->size() + 2) return;
    throw located(ScriptError{fmt::format("'{}' is no field of a migration", name),
                              Hint{fmt::format("did you mean '{}'?", *near)}},
                  line_of(text_, name));
  }

  [[noreturn]] void wrong(std::string_view key, std::string_view wanted) {
    throw located(ScriptError{fmt::format("'{}' must be {}, not {}", key, wanted, lua::type_text(L_, -1))},
                  line_of(text_, key));
  }

  ScriptError located(ScriptError error, int line) const {
    error.locate({std::string{shown_}, line});
    return error;
  }

  lua_State* L_;
  int environment_;
  std::string_view text_;
  std::string_view shown_;
};

std::string_view take_line(std::string_view& text) {
  auto const end = text.find('\n');
  auto line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

void add_doc_line(LeadingComment& comment, std::string_view line) {
  auto const plain = trim(line);
  if (comment.message.empty()) {
    if (plain.empty()) return;
    comment.message = plain;
  }
  constexpr std::string_view created = "Created:";
  if (comment.created.empty() && plain.starts_with(created)) comment.created = trim(plain.substr(created.size()));
  if (!comment.doc.empty()) comment.doc += '\n';
  comment.doc += line.starts_with(' ') ? line.substr(1) : line;
}

script::Header header_of(lua_State* L, std::filesystem::path const& path, std::string_view shown,
                         std::string_view text) {
  load_script(L, text, shown);
  int const environment = lua_gettop(L) - 1;
  lua::call(L, 0, 0);
  FieldReader reader{L, environment, text, shown};
  reader.check_spelling();
  script::Header header;
  header.path = path.native();
  header.revision = reader.revision();
  header.down_revision = reader.names("down_revision");
  header.branch_labels = reader.names("branch_labels");
  header.depends_on = reader.names("depends_on");
  header.transaction = reader.transaction();
  header.has_upgrade = reader.function("upgrade");
  header.has_downgrade = reader.function("downgrade");
  header.line = line_of(text, "revision");
  auto comment = leading_comment(text);
  header.message = std::move(comment.message);
  header.doc = std::move(comment.doc);
  header.created = std::move(comment.created);
  return header;
}

} // namespace

LeadingComment leading_comment(std::string_view text) {
  LeadingComment comment;
  constexpr std::string_view mark = "\xef\xbb\xbf";
  if (text.starts_with(mark)) text.remove_prefix(mark.size());
  while (!text.empty()) {
    auto const rest = text;
    auto line = trim(take_line(text));
    if (line.empty() && comment.doc.empty()) continue;
    if (!line.starts_with("--")) break;
    if (line.starts_with("--[[")) {
      auto const start = rest.find("--[[") + 4;
      auto const end = rest.find("]]", start);
      auto block = rest.substr(start, end == std::string_view::npos ? end : end - start);
      while (!block.empty()) add_doc_line(comment, take_line(block));
      break;
    }
    line.remove_prefix(std::min(line.find_first_not_of('-'), line.size()));
    add_doc_line(comment, line);
  }
  while (comment.doc.ends_with('\n') || comment.doc.ends_with(' ')) comment.doc.pop_back();
  return comment;
}

int line_of(std::string_view text, std::string_view name) {
  for (auto at = text.find(name); at != std::string_view::npos; at = text.find(name, at + 1)) {
    bool const starts = at == 0 || text[at - 1] == '\n' || text[at - 1] == ' ' || text[at - 1] == '\t' ||
                        static_cast<unsigned char>(text[at - 1]) == 0xbf;
    auto const line_start = text.rfind('\n', at) + 1; // npos + 1 is 0
    auto const before = text.substr(line_start, at - line_start);
    auto rest = text.substr(at + name.size());
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
    bool const assigned = rest.starts_with('=') && !rest.starts_with("==");
    bool const defined = trim(before) == "function";
    if (starts && before.find("--") == std::string_view::npos && (assigned || defined))
      return 1 + static_cast<int>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
  }
  return 0;
}

script::ReadResult read_header(lua_State* L, std::filesystem::path const& path, std::string_view shown,
                               std::string_view text) {
  script::ReadResult result;
  try {
    lua::protect(L, [&](lua_State* inner) { result.header = header_of(inner, path, shown, text); });
  } catch (lua::CallError& error) {
    if (auto hint = explain_nil(error.message()); !hint.empty() && error.hints().empty())
      error.add_hint({std::move(hint)});
    result.error = static_cast<ScriptError const&>(error);
  } catch (ScriptError const& error) {
    result.error = error;
  }
  if (result.error) result.error->locate({std::string{shown}, 0});
  return result;
}

} // namespace vm::bindings

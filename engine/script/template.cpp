#include "engine/script/template.hpp"

#include "engine/core/embedded.hpp"
#include "engine/core/error.hpp"
#include "engine/core/files.hpp"
#include "engine/core/text.hpp"
#include "engine/script/sql_header.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace vm::script {

std::span<EmbeddedFile const> embedded_files(); // migrations/template, by vm_embed

namespace {

namespace fs = std::filesystem;

std::string_view embedded(std::string_view name) {
  for (auto const& file : embedded_files())
    if (file.name == name) return file.text;
  throw std::logic_error{fmt::format("'{}' is not embedded", name)};
}

/// The inside of a Lua string between double quotes.
std::string escaped(std::string_view text) {
  std::string result;
  for (char const c : text) {
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (c == '\n') {
      result += "\\n";
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      result += fmt::format("\\{:03}", static_cast<int>(c)); // three digits: the next character may be one
    } else {
      result += c;
    }
  }
  return result;
}

std::string literal(std::string_view text) {
  return '"' + escaped(text) + '"';
}

std::string literal(std::vector<std::string> const& list) {
  if (list.empty()) return "nil";
  if (list.size() == 1) return literal(list[0]);
  std::vector<std::string> quoted;
  for (auto const& item : list) quoted.push_back(literal(item));
  return "{ " + join(quoted, ", ") + " }";
}

/// The lines of a text for comments: CR ends a line in Lua as LF does, and other control characters have no place
/// there.
std::vector<std::string> comment_lines(std::string_view text) {
  std::vector<std::string> lines{{}};
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
    if (text[i] == '\n' || text[i] == '\r')
      lines.emplace_back();
    else
      lines.back() += static_cast<unsigned char>(text[i]) < 0x20 && text[i] != '\t' ? ' ' : text[i];
  }
  return lines;
}

struct Value {
  std::string plain;    ///< in a comment
  std::string code;     ///< in code
  bool is_code = false; ///< statements: the same everywhere
};

using Values = std::vector<std::pair<std::string_view, Value>>;

std::string without_end(std::string_view text) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  return std::string{text};
}

Values values_of(NewScript const& script, config::Config const& config) {
  auto const date = created_text(script.created, config.timezone);
  std::string message{trim(script.message)};
  if (message.empty()) message = "empty message";
  if (!is_utf8(message)) throw UsageError{"the message is not UTF-8"};
  auto const statements = [](std::string const& text) { return Value{{}, without_end(text), true}; };
  auto const list = [](std::vector<std::string> const& items) {
    return Value{join(items, ", "), literal(items), false};
  };
  return {
      {"message", {message, literal(message), false}}, {"revision", {script.revision, literal(script.revision), false}},
      {"down_revision", list(script.down_revision)},   {"branch_labels", list(script.branch_labels)},
      {"depends_on", list(script.depends_on)},         {"create_date", {date, literal(date), false}},
      {"upgrades", statements(script.upgrades)},       {"downgrades", statements(script.downgrades)},
      {"imports", statements(script.imports)},
  };
}

class Filler {
 public:
  Filler(std::string_view text, std::string name, Values values, bool sql)
      : text_{text},
        name_{std::move(name)},
        values_{std::move(values)},
        sql_{sql} {}

  std::string fill() {
    for (auto line : split(text_, '\n')) {
      ++number_;
      if (line.ends_with('\r')) line.remove_suffix(1);
      if (line.starts_with("##")) continue;
      one_line(line);
    }
    while (result_.ends_with("\n\n")) result_.pop_back(); // the last line of the template ended with a line end
    return std::move(result_);
  }

 private:
  void one_line(std::string_view line) {
    bool const is_block = in_block(trim(line));
    bool const is_comment = trim(line).starts_with("--");
    bool has_token = false;
    std::string filled;
    for (std::size_t i = 0; i < line.size();) {
      if (line.substr(i).starts_with("$${")) {
        filled += "${";
        i += 3;
        continue;
      }
      auto const end = line.substr(i).starts_with("${") ? line.find('}', i) : std::string_view::npos;
      if (end == std::string_view::npos) {
        filled += line[i++];
        continue;
      }
      auto const& value = find(line.substr(i + 2, end - i - 2));
      has_token = true;
      bool const is_quoted =
          i > 0 && end + 1 < line.size() && line[i - 1] == line[end + 1] && (line[i - 1] == '"' || line[i - 1] == '\'');
      if (is_block && !value.is_code)
        append_block(filled, value.plain);
      else if (is_comment && !value.is_code)
        append_comment(filled, line.substr(0, i), value.plain);
      else if (is_quoted && !value.is_code)
        filled += line[i - 1] == '"' ? escaped(value.plain) : escaped_for_single(value.plain);
      else
        filled += value.code;
      i = end + 1;
    }
    if (has_token) {
      while (filled.ends_with(' ') || filled.ends_with('\t')) filled.pop_back();
      // Nothing but a token without text: the line goes, and so does one of the two empty lines that are left around
      // it.
      if (filled.empty()) {
        dropped_ = result_.ends_with("\n\n");
        return;
      }
    }
    bool const is_second_gap = std::exchange(dropped_, false) && filled.empty();
    if (!is_second_gap) result_ += filled + '\n';
  }

  /// Whether a line of the template stands in a `--[[ … ]]` comment.
  bool in_block(std::string_view line) {
    bool const inside = in_block_ || line.starts_with("--[[");
    in_block_ = inside && line.find("]]") == std::string_view::npos;
    return inside;
  }

  static void append_block(std::string& filled, std::string_view text) {
    std::string block = join(comment_lines(text), "\n");
    for (auto end = block.find("]]"); end != std::string::npos; end = block.find("]]", end)) block.insert(end + 1, " ");
    filled += block;
  }

  void append_comment(std::string& filled, std::string_view before, std::string_view text) const {
    auto const lines = comment_lines(text);
    bool const alone = trim(before) == "--"; // nothing else in front: what is read as a header is the value itself
    for (std::size_t i = 0; i < lines.size(); ++i) {
      std::string line{trim(lines[i])};
      if (i > 0) {
        while (filled.ends_with(' ')) filled.pop_back();
        filled += alone ? fmt::format("\n{}", before) : "\n-- ";
      }
      if (filled.ends_with("--") && !line.empty()) filled += ' '; // `--[[` would open a long comment
      if (sql_ && (alone || i > 0) && reads_as_header(line)) filled += i == 0 ? "message: " : "> ";
      filled += line;
    }
  }

  static std::string escaped_for_single(std::string_view text) {
    std::string result;
    for (char const c : escaped(text)) {
      if (c == '\'') result += '\\';
      result += c;
    }
    return result;
  }

  Value const& find(std::string_view name) const {
    std::vector<std::string> names;
    for (auto const& [known, value] : values_) {
      if (known == name) return value;
      names.emplace_back(known);
    }
    auto const near = nearest_name(name, names);
    ConfigError error{fmt::format("unknown token '${{{}}}'", name),
                      Hint{near ? fmt::format("did you mean '${{{}}}'?", *near)
                                : fmt::format("known are {}; a plain '${{' is written '$${{'", quoted_list(names))}};
    error.locate({name_, number_});
    throw error;
  }

  std::string_view text_;
  std::string name_;
  Values values_;
  bool sql_;
  std::string result_;
  int number_ = 0;
  bool dropped_ = false, in_block_ = false;
};

struct Entry {
  std::string_view path, embedded; ///< an empty file where nothing is embedded
};

constexpr auto generic = std::to_array<Entry>({
    {"vm.toml", "generic/vm.toml"},
    {"migrations/env.lua", "generic/env.lua"},
    {"migrations/schema.lua", "generic/schema.lua"},
    {"migrations/script.lua.tmpl", "revision.lua.tmpl"},
    {"migrations/versions/.gitkeep", ""},
    {"scripts/.gitkeep", ""},
    {".luarc.json", "generic/luarc.json"},
});

constexpr auto minimal = std::to_array<Entry>({
    {"vm.toml", "minimal/vm.toml"},
    {"migrations/versions/.gitkeep", ""},
});

struct Template {
  std::string_view name, description;
  std::span<Entry const> entries;
};

constexpr auto templates = std::to_array<Template>({
    {"generic", "settings, env.lua, schema.lua, a template for migrations, a folder for scripts", generic},
    {"minimal", "settings and an empty folder of migrations", minimal},
});

Template const& find_template(std::string_view name) {
  for (auto const& one : templates)
    if (one.name == name) return one;
  auto const names = template_names();
  UsageError error{fmt::format("no template is named '{}'", name)};
  auto const near = nearest_name(name, names);
  error.add_hint(Hint{near ? fmt::format("did you mean '{}'?", *near) : "known are " + quoted_list(names)});
  throw error;
}

} // namespace

std::string fill(NewScript const& script, config::Config const& config) {
  std::string_view const extension = script.sql ? "sql" : "lua";
  auto const path = config.script_location / fmt::format("script.{}.tmpl", extension);
  std::error_code ignored;
  std::string text{embedded(fmt::format("revision.{}.tmpl", extension))};
  if (fs::exists(path, ignored)) text = read_file(path);
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
  return Filler{text, shown_path(path, config.project), values_of(script, config), script.sql}.fill();
}

std::vector<std::string> template_names() {
  std::vector<std::string> names;
  for (auto const& one : templates) names.emplace_back(one.name);
  return names;
}

std::string template_description(std::string_view name) {
  return std::string{find_template(name).description};
}

std::vector<TemplateFile> template_files(std::string_view name) {
  std::vector<TemplateFile> files;
  for (auto const& entry : find_template(name).entries) {
    std::string text;
    if (entry.path.ends_with("script.lua.tmpl")) text = embedded("generic/script_head.tmpl");
    if (!entry.embedded.empty()) text += embedded(entry.embedded);
    files.push_back({entry.path, std::move(text)});
  }
  return files;
}

} // namespace vm::script

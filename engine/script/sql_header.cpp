#include "engine/script/sql_header.hpp"

#include "engine/core/files.hpp"
#include "engine/core/text.hpp"
#include "engine/script/directory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace vm::script {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

/// The lines of a text, without their ends (LF or CRLF) and without a byte order mark.
class Lines {
 public:
  explicit Lines(std::string_view text) : text_{text}, next_{text.starts_with(byte_order_mark) ? 3u : 0u} {}

  bool next() {
    if (next_ >= text_.size()) return false;
    start_ = next_;
    auto const end = std::min(text_.find('\n', start_), text_.size());
    line_ = text_.substr(start_, end - start_);
    if (line_.ends_with('\r')) line_.remove_suffix(1);
    next_ = end + 1;
    ++number_;
    return true;
  }

  std::string_view line() const { return line_; }
  int number() const { return number_; }
  std::size_t start() const { return start_; }                        ///< offset of the line in the text
  std::size_t after() const { return std::min(next_, text_.size()); } ///< offset of the next line

 private:
  std::string_view text_, line_;
  std::size_t start_ = 0, next_ = 0;
  int number_ = 0;
};

/// "upgrade" or "downgrade" for a line that is one of the two marks; they stand at the line's beginning.
std::string_view mark_of(std::string_view line) {
  if (!line.starts_with("--")) return {};
  auto const word = trim(line.substr(2));
  for (std::string_view const name : {"upgrade", "downgrade"})
    if (equals_ignore_case(word, name)) return name;
  return {};
}

struct Field {
  std::string_view name, value;
};

/// `-- name: value`, where name is one word.
std::optional<Field> field_of(std::string_view comment) {
  auto const colon = comment.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  auto const name = trim(comment.substr(0, colon));
  if (name.empty() || name.find_first_of(" \t") != std::string_view::npos) return std::nullopt;
  return Field{name, trim(comment.substr(colon + 1))};
}

std::vector<std::string> list_of(std::string_view value) {
  std::vector<std::string> items;
  for (auto const part : split(value, ','))
    if (auto const item = trim(part); !item.empty()) items.emplace_back(item);
  if (items.size() == 1)
    for (std::string_view const nothing : {"nil", "none", "null", "base"})
      if (equals_ignore_case(items[0], nothing)) return {};
  return items;
}

std::vector<std::string> const& field_names() {
  static std::vector<std::string> const names{"revision",    "down_revision", "branch_labels", "depends_on",
                                              "transaction", "message",       "created"};
  return names;
}

class SqlHeader {
 public:
  SqlHeader(fs::path const& path, std::string_view text, fs::path const& project)
      : file_{shown_path(path, project)},
        lines_{text} {
    header_.path = path.native();
    header_.language = Language::sql;
    if (!is_utf8(text) || text.find('\0') != std::string_view::npos) fail(0, "not a text file in UTF-8");
  }

  Header read() {
    while (lines_.next()) line();
    if (header_.revision.empty())
      fail(0, "no '-- revision: ID' line at the beginning", "a migration in SQL begins with '-- revision: ID'");
    if (!header_.has_upgrade) fail(0, "no '-- upgrade' line, so there is nothing to run");
    while (header_.doc.ends_with('\n')) header_.doc.pop_back();
    return std::move(header_);
  }

 private:
  [[noreturn]] void fail(int line, std::string const& message,
                         std::optional<std::string> const& hint = std::nullopt) const {
    ScriptError error{message};
    if (hint) error.add_hint(Hint{*hint});
    error.locate({file_, line});
    throw error;
  }

  void line() {
    auto const text = lines_.line();
    if (auto const mark = mark_of(text); !mark.empty()) {
      auto& seen = mark == "upgrade" ? header_.has_upgrade : header_.has_downgrade;
      if (seen) fail(lines_.number(), fmt::format("'-- {}' for the second time", mark));
      seen = true;
      in_sections_ = true;
    } else if (!in_sections_) {
      auto const trimmed = trim(text);
      if (trimmed.starts_with("--"))
        comment(trim(trimmed.substr(2)));
      else if (!trimmed.empty())
        fail(lines_.number(), "a statement before '-- upgrade'", "what to run stands after '-- upgrade'");
    }
  }

  void comment(std::string_view text) {
    if (auto const field = field_of(text)) {
      auto const name = lower(field->name);
      auto const& names = field_names();
      if (std::find(names.begin(), names.end(), name) != names.end()) {
        set(name, field->value);
        return;
      }
      if (auto const near = nearest_name(name, names))
        fail(lines_.number(), fmt::format("unknown field '{}'", field->name), fmt::format("did you mean '{}'?", *near));
    }
    if (header_.message.empty()) header_.message = text;
    if (!header_.doc.empty() || !text.empty()) header_.doc += fmt::format("{}\n", text);
  }

  void set(std::string const& name, std::string_view value) {
    if (!seen_.insert(name).second) fail(lines_.number(), fmt::format("field '{}' for the second time", name));
    if (name == "revision") {
      if (value.empty()) fail(lines_.number(), "'revision' is empty");
      header_.revision = value;
      header_.line = lines_.number();
    } else if (name == "down_revision") {
      header_.down_revision = list_of(value);
    } else if (name == "branch_labels") {
      header_.branch_labels = list_of(value);
    } else if (name == "depends_on") {
      header_.depends_on = list_of(value);
    } else if (name == "message") {
      header_.message = value;
      header_.doc = fmt::format("{}\n{}", value, header_.doc);
    } else if (name == "created") {
      header_.created = value;
    } else if (equals_ignore_case(value, "true") || equals_ignore_case(value, "false")) {
      header_.transaction = equals_ignore_case(value, "true");
    } else {
      fail(lines_.number(), fmt::format("'transaction' must be 'true' or 'false', found '{}'", value));
    }
  }

  std::string file_;
  Lines lines_;
  Header header_;
  std::set<std::string> seen_;
  bool in_sections_ = false;
};

} // namespace

bool reads_as_header(std::string_view comment) {
  comment = trim(comment);
  if (equals_ignore_case(comment, "upgrade") || equals_ignore_case(comment, "downgrade")) return true;
  auto const field = field_of(comment);
  return field && nearest_name(lower(field->name), field_names());
}

Header read_sql_header(fs::path const& path, std::string_view text, fs::path const& project) {
  return SqlHeader{path, text, project}.read();
}

std::optional<SqlSection> sql_section(std::string_view text, std::string_view name) {
  Lines lines{text};
  std::optional<SqlSection> section;
  std::size_t begin = 0;
  while (lines.next()) {
    auto const mark = mark_of(lines.line());
    if (mark.empty()) continue;
    if (section) {
      section->text = text.substr(begin, lines.start() - begin);
      return section;
    }
    if (equals_ignore_case(mark, name)) {
      section = SqlSection{{}, lines.number() + 1};
      begin = lines.after();
    }
  }
  if (section) section->text = text.substr(begin);
  return section;
}

} // namespace vm::script

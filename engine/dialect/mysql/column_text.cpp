#include "engine/dialect/mysql/column_text.hpp"

#include "engine/core/text.hpp"
#include "engine/sql/words.hpp"

#include <algorithm>
#include <array>

namespace vm::dialect::mysql {

namespace {

using sql::Word;
using sql::WordKind;

constexpr std::array<std::string_view, 24> attribute_words{
    "CHARACTER", "CHARSET", "COLLATE",       "GENERATED",  "AS",
    "NOT",       "NULL",    "DEFAULT",       "ON",         "AUTO_INCREMENT",
    "COMMENT",   "CHECK",   "INVISIBLE",     "VISIBLE",    "UNIQUE",
    "PRIMARY",   "WITH",    "WITHOUT",       "COMPRESSED", "COLUMN_FORMAT",
    "STORAGE",   "SRID",    "REF_SYSTEM_ID", "REFERENCES"};

bool starts_attribute(Word const& token) {
  return std::ranges::any_of(attribute_words, [&](std::string_view word) { return token.is(word); });
}

/// MySQL hides newer attributes in version comments: /*!80023 INVISIBLE */.
std::string without_version_comments(std::string_view text, sql::Capabilities const& capabilities) {
  std::string plain;
  for (auto const& token : sql::all_words(text, capabilities)) {
    if (token.kind != WordKind::comment || !token.text.starts_with("/*!")) {
      plain += token.text;
      continue;
    }
    auto inner = token.text.substr(3);
    while (!inner.empty() && inner.front() >= '0' && inner.front() <= '9') inner.remove_prefix(1);
    if (inner.ends_with("*/")) inner.remove_suffix(2);
    plain += inner;
  }
  return plain;
}

class Reader {
 public:
  Reader(std::string_view text, std::span<Word const> tokens) : text_{text}, tokens_{tokens} {}

  bool at_end() const { return at_ >= tokens_.size(); }
  Word const& peek() const { return tokens_[at_]; }
  bool is(std::string_view word) const { return !at_end() && peek().is(word); }

  void skip() { ++at_; }
  /// A token, and the parentheses after it.
  void skip_item() {
    if (!is("(")) skip();
    if (is("(")) skip_parentheses();
  }
  void skip_parentheses() {
    int depth = 0;
    while (!at_end()) {
      depth += is("(") ? 1 : is(")") ? -1 : 0;
      skip();
      if (depth == 0) return;
    }
  }

  std::size_t mark() const { return at_; }
  std::string since(std::size_t mark) const {
    if (mark == at_) return {};
    auto const start = tokens_[mark].offset;
    auto const& last = tokens_[at_ - 1];
    return std::string{text_.substr(start, last.offset + last.text.size() - start)};
  }

 private:
  std::string_view text_;
  std::span<Word const> tokens_;
  std::size_t at_ = 0;
};

void skip_value(Reader& reader) {
  if (reader.is("-") || reader.is("+")) reader.skip();
  bool const introducer =
      !reader.at_end() && reader.peek().kind == WordKind::word && reader.peek().text.starts_with("_");
  reader.skip_item();
  if (introducer && !reader.at_end() && reader.peek().kind == WordKind::string) reader.skip();
}

ColumnText read_column(Reader reader) {
  ColumnText column;
  auto start = reader.mark();
  while (!reader.at_end() && !starts_attribute(reader.peek())) reader.skip_item();
  column.type = reader.since(start);
  while (!reader.at_end()) {
    start = reader.mark();
    if (reader.is("CHARACTER") || reader.is("CHARSET")) {
      if (reader.is("CHARACTER")) reader.skip();
      reader.skip();
      reader.skip();
      column.character_set = reader.since(start);
    } else if (reader.is("COLLATE")) {
      reader.skip();
      reader.skip();
      column.collation = reader.since(start);
    } else if (reader.is("GENERATED") || reader.is("AS")) {
      while (!reader.is("(") && !reader.at_end()) reader.skip();
      reader.skip_parentheses();
      if (reader.is("STORED") || reader.is("VIRTUAL") || reader.is("PERSISTENT")) reader.skip();
      column.generated = reader.since(start);
    } else if (reader.is("NOT")) {
      reader.skip();
      reader.skip();
      column.nullable = false;
    } else if (reader.is("NULL")) {
      reader.skip();
    } else if (reader.is("AUTO_INCREMENT")) {
      reader.skip();
      column.auto_increment = true;
    } else if (reader.is("DEFAULT")) {
      reader.skip();
      skip_value(reader);
      column.server_default = reader.since(start);
    } else if (reader.is("ON")) {
      reader.skip();
      reader.skip();
      reader.skip_item();
      column.on_update = reader.since(start);
    } else if (reader.is("COMMENT")) {
      reader.skip();
      reader.skip();
      column.comment = reader.since(start);
    } else if (reader.is("CHECK")) {
      reader.skip_item();
      column.check = reader.since(start);
    } else {
      reader.skip_item();
      while (!reader.at_end() && !starts_attribute(reader.peek())) reader.skip_item();
      column.others.push_back(reader.since(start));
    }
  }
  return column;
}

} // namespace

std::string ColumnText::text() const {
  std::vector<std::string> parts{type, character_set, collation, generated};
  if (generated.empty()) {
    parts.push_back(nullable ? "NULL" : "NOT NULL");
  } else if (!nullable) {
    parts.push_back("NOT NULL");
  }
  parts.push_back(server_default);
  parts.push_back(on_update);
  if (auto_increment) parts.push_back("AUTO_INCREMENT");
  parts.insert(parts.end(), others.begin(), others.end());
  parts.push_back(comment);
  parts.push_back(check);
  std::erase(parts, std::string{});
  return join(parts, " ");
}

std::optional<ColumnText> find_column(std::string_view create_table, std::string_view column,
                                      sql::Capabilities const& capabilities) {
  auto const plain = without_version_comments(create_table, capabilities);
  auto const all = sql::words(plain, capabilities);
  auto const open = std::ranges::find_if(all, [](Word const& token) { return token.is("("); });
  int depth = 0;
  auto item = open;
  for (auto at = open; at != all.end(); ++at) {
    if (at->is("(") && depth++ == 0) item = at + 1;
    bool const closes = at->is(")") && --depth == 0;
    if (!closes && !(at->is(",") && depth == 1)) continue;
    if (item != at && item->kind == WordKind::quoted_name && equals_ignore_case(sql::unquoted(*item), column)) {
      return read_column({plain, std::span{item + 1, at}});
    }
    item = at + 1;
    if (closes) break;
  }
  return std::nullopt;
}

std::vector<std::string> enum_values(std::string_view type, sql::Capabilities const& capabilities) {
  std::vector<std::string> values;
  for (auto const& token : sql::words(type, capabilities)) {
    if (token.kind != WordKind::string) continue;
    auto const escaped = sql::unquoted(token);
    std::string value;
    for (std::size_t at = 0; at < escaped.size(); ++at) {
      if (escaped[at] == '\\' && capabilities.backslash_escapes && at + 1 < escaped.size()) {
        char const c = escaped[++at];
        value += c == '0' ? '\0' : c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : c == 'Z' ? '\x1a' : c;
      } else {
        value += escaped[at];
      }
    }
    values.push_back(std::move(value));
  }
  return values;
}

} // namespace vm::dialect::mysql

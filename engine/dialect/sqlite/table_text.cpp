#include "engine/dialect/sqlite/table_text.hpp"

#include "engine/core/error.hpp"
#include "engine/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>

namespace vm::dialect::sqlite {

namespace {

bool starts_word(char c) {
  auto const byte = static_cast<unsigned char>(c);
  return std::isalpha(byte) != 0 || c == '_' || byte >= 0x80;
}
bool continues_word(char c) {
  return starts_word(c) || std::isdigit(static_cast<unsigned char>(c)) != 0 || c == '$';
}

/// Walks the tokens of one CREATE TABLE.
class Parser {
 public:
  explicit Parser(std::string_view sql) : sql_{sql}, tokens_{tokenize(sql)} {}

  TableText table() {
    TableText table;
    expect("CREATE");
    if (take("TEMP") || take("TEMPORARY")) table.temporary = true;
    expect("TABLE");
    if (take("IF")) {
      expect("NOT");
      expect("EXISTS");
    }
    auto const* name = &name_token();
    if (take('.')) name = &name_token();
    table.name = name->value;
    table.name_begin = name->begin;
    table.name_end = name->end;
    if (!peek('(')) fail();
    table.body_begin = token().end;
    ++at_;
    bool in_constraints = false;
    do {
      if (in_constraints || starts_table_constraint()) {
        in_constraints = true;
        // SQLite takes constraints without commas between them.
        do table.constraints.push_back(table_constraint());
        while (!at_end() && starts_table_constraint());
      } else {
        table.columns.push_back(column());
      }
    } while (take(','));
    if (!peek(')')) fail();
    table.body_end = token().begin;
    ++at_;
    while (!at_end()) {
      if (take("WITHOUT")) {
        expect("ROWID");
        table.without_rowid = true;
      } else if (take("STRICT")) {
        table.strict = true;
      } else if (!take(',')) {
        break;
      }
    }
    return table;
  }

 private:
  bool at_end() const { return at_ >= tokens_.size(); }
  Token const& token() const {
    if (at_end()) fail();
    return tokens_[at_];
  }
  bool peek(char c) const { return !at_end() && tokens_[at_].is(c); }
  bool peek(std::string_view word) const { return !at_end() && tokens_[at_].is_word(word); }
  bool take(char c) {
    if (!peek(c)) return false;
    ++at_;
    return true;
  }
  bool take(std::string_view word) {
    if (!peek(word)) return false;
    ++at_;
    return true;
  }
  void expect(std::string_view word) {
    if (!take(word)) fail();
  }
  Token const& name_token() {
    if (!token().is_name()) fail();
    return tokens_[at_++];
  }
  std::size_t last_end() const { return tokens_[at_ - 1].end; }
  [[noreturn]] void fail() const {
    DatabaseError error{fmt::format("cannot read the stored text of a table near byte {}",
                                    at_ < tokens_.size() ? tokens_[at_].begin : sql_.size())};
    error.statement = std::string{sql_};
    throw error;
  }

  /// Skips a balanced (…) and returns its inside.
  std::string parenthesised() {
    if (!peek('(')) fail();
    auto const begin = token().end;
    int depth = 0;
    do {
      if (peek('('))
        ++depth;
      else if (peek(')'))
        --depth;
      ++at_;
    } while (depth > 0 && !at_end());
    if (depth > 0) fail();
    return std::string{trim(sql_.substr(begin, tokens_[at_ - 1].begin - begin))};
  }

  bool starts_table_constraint() const {
    return peek("CONSTRAINT") || peek("PRIMARY") || peek("UNIQUE") || peek("CHECK") || peek("FOREIGN");
  }
  bool starts_column_constraint() const {
    return peek("CONSTRAINT") || peek("PRIMARY") || peek("NOT") || peek("NULL") || peek("UNIQUE") || peek("CHECK") ||
           peek("DEFAULT") || peek("COLLATE") || peek("REFERENCES") || peek("GENERATED") || peek("AS");
  }

  void conflict(ConstraintText& constraint) {
    if (!peek("ON") || at_ + 1 >= tokens_.size() || !tokens_[at_ + 1].is_word("CONFLICT")) return;
    at_ += 2;
    constraint.on_conflict = upper(name_token().value);
  }

  std::vector<std::string> column_list() {
    std::vector<std::string> names;
    if (!take('(')) fail();
    do {
      auto const begin = at_;
      while (!peek(',') && !peek(')')) {
        if (peek('('))
          parenthesised();
        else {
          token();
          ++at_;
        }
      }
      // "name", "name COLLATE x DESC"
      if (at_ > begin) names.push_back(tokens_[begin].value);
    } while (take(','));
    if (!take(')')) fail();
    return names;
  }

  void references(ConstraintText& constraint) {
    constraint.referent = name_token().value;
    if (peek('(')) constraint.referent_columns = column_list();
    for (;;) {
      if (take("ON")) {
        bool const deleting = take("DELETE");
        if (!deleting) expect("UPDATE");
        std::string action = upper(name_token().value);
        if (action == "SET" || action == "NO") action += " " + upper(name_token().value);
        (deleting ? constraint.ondelete : constraint.onupdate) = action == "NO ACTION" ? std::string{} : action;
      } else if (take("MATCH")) {
        constraint.match = upper(name_token().value);
      } else if (peek("NOT") && at_ + 1 < tokens_.size() && tokens_[at_ + 1].is_word("DEFERRABLE")) {
        at_ += 2;
        initially();
        constraint.deferral = schema::Deferral::not_deferrable;
      } else if (take("DEFERRABLE")) {
        constraint.deferral =
            initially() ? schema::Deferral::initially_deferred : schema::Deferral::initially_immediate;
      } else {
        return;
      }
    }
  }
  bool initially() {
    if (!take("INITIALLY")) return false;
    return upper(name_token().value) == "DEFERRED";
  }

  ConstraintText column_constraint() {
    ConstraintText constraint{ConstraintTextKind::null};
    constraint.begin = token().begin;
    if (take("CONSTRAINT")) constraint.name = name_token().value;
    if (take("PRIMARY")) {
      expect("KEY");
      constraint.kind = ConstraintTextKind::primary_key;
      if (!take("ASC")) take("DESC");
      conflict(constraint);
      constraint.autoincrement = take("AUTOINCREMENT");
    } else if (take("NOT")) {
      expect("NULL");
      constraint.kind = ConstraintTextKind::not_null;
      conflict(constraint);
    } else if (take("NULL")) {
      conflict(constraint);
    } else if (take("UNIQUE")) {
      constraint.kind = ConstraintTextKind::unique;
      conflict(constraint);
    } else if (take("CHECK")) {
      constraint.kind = ConstraintTextKind::check;
      constraint.expression = parenthesised();
      conflict(constraint);
    } else if (take("DEFAULT")) {
      constraint.kind = ConstraintTextKind::default_value;
      auto const begin = token().begin;
      if (peek('('))
        parenthesised();
      else {
        if (peek('-') || peek('+')) ++at_;
        token();
        ++at_;
      }
      constraint.expression = std::string{sql_.substr(begin, last_end() - begin)};
    } else if (take("COLLATE")) {
      constraint.kind = ConstraintTextKind::collate;
      constraint.expression = name_token().value;
    } else if (take("REFERENCES")) {
      constraint.kind = ConstraintTextKind::references;
      references(constraint);
    } else if (peek("GENERATED") || peek("AS")) {
      if (take("GENERATED")) expect("ALWAYS");
      expect("AS");
      constraint.kind = ConstraintTextKind::generated;
      constraint.expression = parenthesised();
      if (take("STORED"))
        constraint.stored = true;
      else
        take("VIRTUAL");
    } else {
      fail();
    }
    constraint.end = last_end();
    return constraint;
  }

  ColumnText column() {
    ColumnText column;
    auto const& name = name_token();
    column.name = name.value;
    column.begin = name.begin;
    column.name_end = column.type_begin = column.type_end = name.end;
    bool first = true;
    while (!at_end() && !peek(',') && !peek(')') && !starts_column_constraint()) {
      if (first) column.type_begin = token().begin;
      first = false;
      if (peek('('))
        parenthesised();
      else
        ++at_;
      column.type_end = last_end();
    }
    column.type = std::string{sql_.substr(column.type_begin, column.type_end - column.type_begin)};
    while (!at_end() && starts_column_constraint()) column.constraints.push_back(column_constraint());
    column.end = last_end();
    return column;
  }

  ConstraintText table_constraint() {
    ConstraintText constraint{ConstraintTextKind::check};
    constraint.begin = token().begin;
    if (take("CONSTRAINT")) constraint.name = name_token().value;
    if (take("PRIMARY")) {
      expect("KEY");
      constraint.kind = ConstraintTextKind::primary_key;
      if (peek('(')) {
        auto const open = at_;
        constraint.columns = column_list();
        for (auto i = open; i < at_; ++i) constraint.autoincrement |= tokens_[i].is_word("AUTOINCREMENT");
      }
      conflict(constraint);
    } else if (take("UNIQUE")) {
      constraint.kind = ConstraintTextKind::unique;
      constraint.columns = column_list();
      conflict(constraint);
    } else if (take("CHECK")) {
      constraint.expression = parenthesised();
      conflict(constraint);
    } else if (take("FOREIGN")) {
      expect("KEY");
      constraint.kind = ConstraintTextKind::foreign_key;
      constraint.columns = column_list();
      expect("REFERENCES");
      references(constraint);
    } else {
      fail();
    }
    constraint.end = last_end();
    return constraint;
  }

  std::string_view sql_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
};

std::optional<int> number(std::string_view digits) {
  int value = 0;
  auto const trimmed = trim(digits);
  auto const [end, error] = std::from_chars(trimmed.data(), trimmed.data() + trimmed.size(), value);
  if (error != std::errc{} || end != trimmed.data() + trimmed.size()) return std::nullopt;
  return value;
}

} // namespace

bool Token::is_word(std::string_view keyword) const {
  return kind == TokenKind::word && equals_ignore_case(value, keyword);
}

std::vector<Token> tokenize(std::string_view sql) {
  std::vector<Token> tokens;
  std::size_t at = 0;
  while (at < sql.size()) {
    char const c = sql[at];
    auto const begin = at;
    if (std::isspace(static_cast<unsigned char>(c)) != 0) {
      ++at;
    } else if (sql.substr(at, 2) == "--") {
      at = std::min(sql.find('\n', at), sql.size());
    } else if (sql.substr(at, 2) == "/*") {
      auto const end = sql.find("*/", at + 2);
      at = end == std::string_view::npos ? sql.size() : end + 2;
    } else if (c == '\'' || c == '"' || c == '`' || c == '[') {
      char const close = c == '[' ? ']' : c;
      std::string value;
      for (++at; at < sql.size(); ++at) {
        if (sql[at] == close) {
          if (close == ']' || at + 1 >= sql.size() || sql[at + 1] != close) break;
          ++at;
        }
        value += sql[at];
      }
      at = std::min(at + 1, sql.size());
      tokens.push_back({c == '\'' ? TokenKind::string : TokenKind::quoted_name, begin, at, std::move(value)});
    } else if ((c == 'x' || c == 'X') && at + 1 < sql.size() && sql[at + 1] == '\'') {
      auto const end = sql.find('\'', at + 2);
      at = end == std::string_view::npos ? sql.size() : end + 1;
      tokens.push_back({TokenKind::blob, begin, at, std::string{sql.substr(begin, at - begin)}});
    } else if (starts_word(c)) {
      while (at < sql.size() && continues_word(sql[at])) ++at;
      tokens.push_back({TokenKind::word, begin, at, std::string{sql.substr(begin, at - begin)}});
    } else if (std::isdigit(static_cast<unsigned char>(c)) != 0 ||
               (c == '.' && at + 1 < sql.size() && std::isdigit(static_cast<unsigned char>(sql[at + 1])) != 0)) {
      while (at < sql.size() && (continues_word(sql[at]) || sql[at] == '.' ||
                                 ((sql[at] == '+' || sql[at] == '-') && (sql[at - 1] == 'e' || sql[at - 1] == 'E'))))
        ++at;
      tokens.push_back({TokenKind::number, begin, at, std::string{sql.substr(begin, at - begin)}});
    } else {
      ++at;
      tokens.push_back({TokenKind::punctuation, begin, at, std::string{c}});
    }
  }
  return tokens;
}

ConstraintText const* ColumnText::find(ConstraintTextKind kind) const {
  auto const found =
      std::find_if(constraints.begin(), constraints.end(), [&](auto const& each) { return each.kind == kind; });
  return found == constraints.end() ? nullptr : &*found;
}

ColumnText const* TableText::find(std::string_view column) const {
  auto const found = std::find_if(columns.begin(), columns.end(),
                                  [&](auto const& each) { return equals_ignore_case(each.name, column); });
  return found == columns.end() ? nullptr : &*found;
}

TableText parse_create_table(std::string_view sql) {
  return Parser{sql}.table();
}

schema::Type parse_type(std::string_view declared) {
  auto const full = trim(declared);
  auto const open = full.find('(');
  auto const base = upper(trim(full.substr(0, open)));
  std::vector<std::optional<int>> arguments;
  if (open != std::string_view::npos) {
    auto const close = full.find(')', open);
    if (close == std::string_view::npos || !trim(full.substr(close + 1)).empty()) return schema::Raw{std::string{full}};
    for (auto const part : split(full.substr(open + 1, close - open - 1), ',')) arguments.push_back(number(part));
  }
  auto const argument = [&](std::size_t i) { return i < arguments.size() ? arguments[i] : std::nullopt; };
  if (base == "VARCHAR") return schema::String{argument(0)};
  if (base == "CHAR") return schema::Char{argument(0)};
  if (base == "NUMERIC" || base == "DECIMAL") return schema::Numeric{argument(0), argument(1)};
  if (!arguments.empty()) return schema::Raw{std::string{full}};
  if (base == "SMALLINT") return schema::SmallInt{};
  if (base == "INTEGER" || base == "INT") return schema::Integer{};
  if (base == "BIGINT") return schema::BigInt{};
  if (base == "REAL") return schema::Real{};
  if (base == "FLOAT") return schema::Float{};
  if (base == "DOUBLE" || base == "DOUBLE PRECISION") return schema::Double{};
  if (base == "BOOLEAN") return schema::Boolean{};
  if (base == "TEXT") return schema::Text{};
  if (base == "BLOB") return schema::Binary{};
  if (base == "DATE") return schema::Date{};
  if (base == "TIME") return schema::Time{};
  if (base == "DATETIME" || base == "TIMESTAMP") return schema::Timestamp{};
  if (base == "JSON") return schema::Json{};
  return schema::Raw{std::string{full}};
}

} // namespace vm::dialect::sqlite

#include "engine/schema/naming.hpp"

#include "engine/core/digest.hpp"
#include "engine/core/error.hpp"
#include "engine/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace vm::schema {
namespace {

constexpr std::array<std::string_view, 6> kinds{"ix", "uq", "ck", "fk", "pk", "ex"};

/// What the tokens stand for.
struct Subject {
  TableName const& table;
  std::vector<Identifier> columns;
  TableName const* referent = nullptr;
  std::vector<Identifier> referent_columns;
  std::optional<Identifier> const& given;
};

/// `%(column_0_name)s` taken apart: which list, which element or all of them, joined by what, name or label.
struct ColumnToken {
  bool referred = false;
  bool label = false;
  bool all = false;
  std::string_view separator;
  std::size_t index = 0;
};

std::optional<ColumnToken> parse_column_token(std::string_view token) {
  auto parsed = ColumnToken{};
  if (token.starts_with("referred_")) {
    parsed.referred = true;
    token.remove_prefix(9);
  }
  if (!token.starts_with("column_")) return std::nullopt;
  token.remove_prefix(7);
  auto digits = std::size_t{0};
  while (digits < token.size() && digits < 4 && token[digits] >= '0' && token[digits] <= '9')
    parsed.index = parsed.index * 10 + static_cast<std::size_t>(token[digits++] - '0');
  if (digits == 0) return std::nullopt;
  token.remove_prefix(digits);
  if (token.starts_with("_N")) {
    parsed.all = true;
    parsed.separator = "_";
    token.remove_prefix(2);
  } else if (token.starts_with("N")) {
    parsed.all = true;
    token.remove_prefix(1);
  }
  if (parsed.all && parsed.index != 0) return std::nullopt;
  parsed.label = token == "_label";
  if (token != "_name" && token != "_key" && !parsed.label) return std::nullopt;
  if (parsed.referred && parsed.label) return std::nullopt;
  return parsed;
}

std::string column_text(Subject const& subject, Identifier const& column, bool label) {
  if (!label) return column.text();
  if (!subject.table.schema) return fmt::format("{}_{}", subject.table.name.text(), column.text());
  return fmt::format("{}_{}_{}", subject.table.schema->text(), subject.table.name.text(), column.text());
}

bool known_token(std::string_view token) {
  return token == "table_name" || token == "referred_table_name" || token == "constraint_name" ||
         parse_column_token(token);
}

/// nullopt: nothing stands for the token here (an unnamed check has no %(constraint_name)s).
std::optional<std::string> token_text(std::string_view token, Subject const& subject) {
  if (token == "table_name") return subject.table.name.text();
  if (token == "constraint_name") return subject.given ? std::optional{subject.given->text()} : std::nullopt;
  if (token == "referred_table_name")
    return subject.referent ? std::optional{subject.referent->name.text()} : std::nullopt;
  auto const column = parse_column_token(token);
  if (!column) return std::nullopt;
  auto const& list = column->referred ? subject.referent_columns : subject.columns;
  if (list.empty()) return std::nullopt;
  if (!column->all)
    return column->index < list.size() ? column_text(subject, list[column->index], column->label) : std::string{};
  auto text = std::string{};
  for (auto const& name : list) {
    if (&name != &list.front()) text += column->separator;
    text += column_text(subject, name, column->label);
  }
  return text;
}

/// Calls `text_part` and `token_part` for what `pattern` consists of; `%%` is a percent sign. False for a bad form.
template<typename TextPart, typename TokenPart>
bool scan(std::string_view pattern, TextPart text_part, TokenPart token_part) {
  while (!pattern.empty()) {
    auto const percent = pattern.find('%');
    text_part(pattern.substr(0, percent));
    if (percent == std::string_view::npos) return true;
    pattern.remove_prefix(percent + 1);
    if (pattern.starts_with('%')) {
      text_part(pattern.substr(0, 1));
      pattern.remove_prefix(1);
      continue;
    }
    auto const end = pattern.find(")s");
    if (!pattern.starts_with('(') || end == std::string_view::npos) return false;
    token_part(pattern.substr(1, end - 1));
    pattern.remove_prefix(end + 2);
  }
  return true;
}

std::optional<std::string> fill(std::string_view pattern, Subject const& subject) {
  auto filled = std::optional<std::string>{std::string{}};
  scan(
      pattern,
      [&](std::string_view text) {
        if (filled) *filled += text;
      },
      [&](std::string_view token) {
        auto const text = token_text(token, subject);
        if (!text)
          filled.reset();
        else if (filled)
          *filled += *text;
      });
  return filled;
}

bool has_constraint_name(std::string_view pattern) {
  return pattern.find("%(constraint_name)s") != std::string_view::npos;
}

bool is_continuation(char byte) {
  return (static_cast<unsigned char>(byte) & 0xc0U) == 0x80U;
}

std::size_t length_of(std::string_view name, NamingConvention const& convention) {
  if (!convention.limit_in_characters) return name.size();
  return static_cast<std::size_t>(std::ranges::count_if(name, [](char byte) { return !is_continuation(byte); }));
}

/// The longest beginning of whole characters that is not longer than `limit`.
std::string_view cut(std::string_view name, std::size_t limit, NamingConvention const& convention) {
  auto end = std::size_t{0};
  for (auto next = end; next < name.size(); end = next) {
    ++next;
    while (next < name.size() && is_continuation(name[next])) ++next;
    if (length_of(name.substr(0, next), convention) > limit) break;
  }
  return name.substr(0, end);
}

std::optional<Identifier> name_by(NamingConvention const& convention, std::string_view kind, std::string_view fallback,
                                  Subject const& subject) {
  auto const found = convention.patterns.find(std::string{kind});
  auto const pattern = found == convention.patterns.end() ? fallback : std::string_view{found->second};
  if (subject.given && !has_constraint_name(pattern)) {
    check_name(convention, *subject.given);
    return subject.given;
  }
  auto name = fill(pattern, subject);
  if (!name || name->empty()) return std::nullopt;
  return Identifier{shortened(convention, std::move(*name))};
}

struct KindOf {
  std::string_view operator()(PrimaryKey const&) const { return "pk"; }
  std::string_view operator()(UniqueConstraint const&) const { return "uq"; }
  std::string_view operator()(ForeignKey const&) const { return "fk"; }
  std::string_view operator()(CheckConstraint const&) const { return "ck"; }
  std::string_view operator()(ExcludeConstraint const&) const { return "ex"; }
};

struct ColumnsOf {
  std::vector<Identifier> operator()(PrimaryKey const& key) const { return key.columns; }
  std::vector<Identifier> operator()(UniqueConstraint const& unique) const { return unique.columns; }
  std::vector<Identifier> operator()(ForeignKey const& key) const { return key.columns; }
  std::vector<Identifier> operator()(CheckConstraint const&) const { return {}; }
  std::vector<Identifier> operator()(ExcludeConstraint const& exclude) const {
    auto columns = std::vector<Identifier>{};
    for (auto const& [what, operation] : exclude.elements)
      if (auto const* column = std::get_if<Identifier>(&what)) columns.push_back(*column);
    return columns;
  }
};

} // namespace

void NamingConvention::check() const {
  for (auto const& [kind, pattern] : patterns) {
    if (std::ranges::find(kinds, kind) == kinds.end())
      throw ConfigError{fmt::format("the naming convention has the unknown kind '{}'", kind),
                        Hint{"the kinds are 'ix', 'uq', 'ck', 'fk', 'pk' and 'ex'"}};
    auto const is_well_formed = scan(
        pattern, [](std::string_view) {},
        [&, &named = kind](std::string_view token) {
          if (known_token(token)) return;
          auto const tokens = std::vector<std::string>{"table_name",
                                                       "constraint_name",
                                                       "column_0_name",
                                                       "column_0N_name",
                                                       "column_0_N_name",
                                                       "column_0_label",
                                                       "referred_table_name",
                                                       "referred_column_0_name",
                                                       "referred_column_0N_name",
                                                       "referred_column_0_N_name"};
          auto const message =
              fmt::format("the naming convention for '{}' has the unknown token '%({})s'", named, token);
          if (auto const nearest = nearest_name(token, tokens))
            throw ConfigError{message, Hint{fmt::format("did you mean '%({})s'?", *nearest)}};
          throw ConfigError{message};
        });
    if (!is_well_formed)
      throw ConfigError{
          fmt::format("the naming convention for '{}' has a '%' that starts no token: '{}'", kind, pattern),
          Hint{"a token looks like '%(table_name)s'; a percent sign is '%%'"}};
  }
}

void check_name(NamingConvention const& convention, Identifier const& name) {
  auto const length = length_of(name.text(), convention);
  if (length <= convention.name_limit) return;
  throw UsageError{fmt::format("the name '{}' has {} {}, the database stores at most {}", name.text(), length,
                               convention.limit_in_characters ? "characters" : "bytes", convention.name_limit),
                   Hint{"choose a shorter name"}};
}

std::string shortened(NamingConvention const& convention, std::string name) {
  if (length_of(name, convention) <= convention.name_limit || convention.name_limit <= 8) return name;
  // The last four digits, as SQLAlchemy takes: databases it made already hold these names.
  auto const digest = md5_hex(name);
  return fmt::format("{}_{}", cut(name, convention.name_limit - 8, convention), digest.substr(digest.size() - 4));
}

std::optional<Identifier> constraint_name(NamingConvention const& convention, TableName const& table,
                                          Constraint const& constraint, std::optional<Identifier> const& given,
                                          std::vector<Identifier> const& columns) {
  auto subject = Subject{table, std::visit(ColumnsOf{}, constraint), nullptr, {}, given};
  if (subject.columns.empty()) subject.columns = columns;
  if (auto const* key = std::get_if<ForeignKey>(&constraint)) {
    subject.referent = &key->referent;
    subject.referent_columns = key->referent_columns;
  }
  return name_by(convention, std::visit(KindOf{}, constraint), "", subject);
}

std::optional<Identifier> index_name(NamingConvention const& convention, TableName const& table, Index const& index,
                                     std::optional<Identifier> const& given) {
  auto subject = Subject{table, {}, nullptr, {}, given};
  for (auto const& element : index.elements)
    if (auto const* column = std::get_if<Identifier>(&element.what)) subject.columns.push_back(*column);
  return name_by(convention, "ix", "ix_%(table_name)s_%(column_0_N_name)s", subject);
}

} // namespace vm::schema

#include "engine/sql/parameters.hpp"

#include "engine/core/error.hpp"
#include "engine/core/text.hpp"
#include "engine/sql/lexer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>

namespace vm::sql {

namespace {

bool starts_name(std::string_view word) {
  auto const first = static_cast<unsigned char>(word.front());
  return std::isalpha(first) != 0 || first == '_' || first >= 0x80;
}

} // namespace

Statement bind(std::string_view text, op::Parameters const& parameters, Dialect const& dialect) {
  bool const numbered = dialect.placeholder(0) != dialect.placeholder(1);
  std::map<std::string_view, Value const*> values;
  for (auto const& [name, value] : parameters) values.emplace(name, &value);
  std::map<std::string_view, std::size_t> places; // of numbered placeholders
  std::map<std::string_view, bool> used;

  Statement statement;
  Lexer lexer{text, dialect.capabilities()};
  Token previous, token;
  int brackets = 0;
  std::size_t copied = 0;
  for (token = lexer.next(); token.kind != TokenKind::end; token = lexer.next()) {
    if (!token.is_significant()) continue;
    if (token.is('[')) ++brackets;
    if (token.is(']') && brackets > 0) --brackets;
    if (token.is('?') && !numbered)
      throw UsageError{"the statement holds a '?' beside named parameters", Hint{"give it a name too: ':name'"}};
    if (!token.is(':')) {
      previous = token;
      continue;
    }
    auto const after = lexer.position();
    auto const name = lexer.next();
    // `::` is a cast, both colons are text, and so is what follows them.
    if (name.is(':')) {
      previous = name;
      continue;
    }
    // Between brackets a colon after a value is the middle of a slice.
    bool const slice = brackets > 0 && (previous.kind == TokenKind::word || previous.kind == TokenKind::quoted_name ||
                                        previous.is(')') || previous.is(']'));
    if (name.kind != TokenKind::word || !starts_name(name.text) || slice) {
      lexer.move_to(after);
      previous = token;
      continue;
    }
    auto const found = values.find(name.text);
    if (found == values.end()) {
      std::vector<std::string> given;
      for (auto const& each : parameters) given.push_back(each.first);
      UsageError error{fmt::format("the statement has a parameter ':{}' that was not given", name.text),
                       Hint{given.empty() ? std::string{"the table of parameters is empty"}
                                          : fmt::format("given are {}", quoted_list(given))}};
      if (auto const nearest = nearest_name(name.text, given))
        error.add_hint({fmt::format("did you mean ':{}'?", *nearest)});
      throw error;
    }
    used[found->first] = true;
    statement.text += text.substr(copied, token.offset - copied);
    copied = name.offset + name.text.size();
    auto place = statement.parameters.size();
    if (auto const known = places.find(found->first); numbered && known != places.end()) {
      place = known->second;
    } else {
      places.emplace(found->first, place);
      statement.parameters.push_back(*found->second);
    }
    statement.text += dialect.placeholder(place);
    previous = name;
  }
  statement.text += text.substr(copied);
  for (auto const& each : parameters) {
    if (used[each.first]) continue;
    throw UsageError{
        fmt::format("parameter '{}' is not used by the statement", each.first),
        Hint{fmt::format("a parameter is written ':{}' and stands outside strings and comments", each.first)}};
  }
  return statement;
}

} // namespace vm::sql

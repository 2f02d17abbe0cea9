#include "engine/dialect/sqlite/value_places.hpp"

#include "engine/sql/lexer.hpp"

namespace vm::dialect::sqlite {

namespace {

using sql::Token;
using sql::TokenKind;

constexpr sql::Capabilities lexical_rules{.backtick_quotes = true, .bracket_quotes = true};

class Reader {
 public:
  explicit Reader(std::string_view statement) : lexer_{statement, lexical_rules} { advance(); }

  ValuePlaces read() {
    if (token_.is("INSERT") || token_.is("REPLACE")) {
      read_insert();
    } else if (token_.is("UPDATE")) {
      read_update();
    }
    return std::move(result_);
  }

 private:
  void advance() { token_ = lexer_.next_significant(); }
  bool at_end() const { return token_.kind == TokenKind::end; }
  bool is_name() const { return token_.kind == TokenKind::word || token_.kind == TokenKind::quoted_name; }

  void skip_or() {
    advance();
    if (!token_.is("OR")) return;
    advance();
    advance();
  }

  bool read_table() {
    if (!is_name()) return false;
    result_.table = token_.text;
    advance();
    if (token_.is('.')) {
      advance();
      result_.table += "." + std::string{token_.text};
      advance();
    }
    if (token_.is("AS")) {
      advance();
      advance();
    }
    return true;
  }

  void give_up() { result_ = {}; }

  void read_insert() {
    bool const is_replace = token_.is("REPLACE");
    if (is_replace)
      advance();
    else
      skip_or();
    if (!token_.is("INTO")) return;
    advance();
    if (!read_table()) return give_up();
    result_.columns = "*";
    if (token_.is('(')) {
      result_.columns.clear();
      for (advance(); is_name(); advance()) {
        result_.columns += (result_.columns.empty() ? "" : ", ") + std::string{token_.text};
        advance();
        if (!token_.is(',')) break;
      }
      if (!token_.is(')')) return give_up();
      advance();
    }
    if (!token_.is("VALUES")) return give_up();
    advance();
    while (token_.is('(')) {
      read_row();
      if (token_.is(',')) advance();
    }
    count_rest();
  }

  /// One "(…)" of VALUES.
  void read_row() {
    std::size_t column = 0;
    advance();
    while (!at_end() && !token_.is(')')) {
      read_value(column++);
      if (token_.is(',')) advance();
    }
    if (!at_end()) advance();
  }

  void read_update() {
    skip_or();
    if (!read_table() || !token_.is("SET")) return give_up();
    std::size_t column = 0;
    do {
      advance();
      if (!is_name()) { // (a, b) = (…)
        count_rest();
        return;
      }
      result_.columns += (result_.columns.empty() ? "" : ", ") + std::string{token_.text};
      advance();
      if (!token_.is('=')) return give_up();
      advance();
      read_value(column++);
    } while (token_.is(','));
    count_rest();
  }

  /// Up to the comma, the bracket or the word that ends it. It has a place when it is one placeholder and nothing else.
  void read_value(std::size_t column) {
    bool const starts_with_placeholder = token_.is('?');
    std::size_t tokens = 0, depth = 0, first = result_.places.size();
    for (; !at_end(); advance(), ++tokens) {
      if (depth == 0 && (token_.is(',') || token_.is(')') || token_.is("WHERE") || token_.is("FROM") ||
                         token_.is("RETURNING") || token_.is("ORDER") || token_.is("LIMIT") || token_.is(';')))
        break;
      if (token_.is('(')) ++depth;
      if (token_.is(')')) --depth;
      if (token_.is('?')) result_.places.push_back(ValuePlaces::none);
    }
    if (starts_with_placeholder && tokens == 1) result_.places[first] = column;
  }

  void count_rest() {
    for (; !at_end(); advance())
      if (token_.is('?')) result_.places.push_back(ValuePlaces::none);
  }

  sql::Lexer lexer_;
  Token token_;
  ValuePlaces result_;
};

} // namespace

ValuePlaces value_places(std::string_view statement) {
  return Reader{statement}.read();
}

} // namespace vm::dialect::sqlite

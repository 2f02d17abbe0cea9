#include "engine/sql/split.hpp"

#include "engine/core/error.hpp"
#include "engine/core/text.hpp"
#include "engine/sql/lexer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace vm::sql {

namespace {

/// Follows one statement and knows whether a `;` in it belongs to a body.
class Bodies {
 public:
  explicit Bodies(Capabilities const& capabilities) : capabilities_{capabilities} {}

  /// Told every significant token of the statement, in order.
  void see(Token const& token) {
    ++count_;
    if (open_.empty())
      begin(token);
    else
      inside(token);
    if (token.kind == TokenKind::word && count_ <= 12) head_.emplace_back(upper(token.text));
    previous_ = token;
  }

  bool is_open() const { return !open_.empty(); }
  std::size_t opened_at() const { return opened_at_; }

 private:
  enum class Block { body, expression };

  bool head_has(std::string_view word) const { return std::find(head_.begin(), head_.end(), word) != head_.end(); }
  bool follows(std::string_view word) const { return previous_.kind == TokenKind::word && previous_.is(word); }

  void open(Block block, Token const& token) {
    if (open_.empty()) opened_at_ = token.offset;
    open_.push_back(block);
  }

  /// Outside any body: does one begin here?
  void begin(Token const& token) {
    if (token.kind != TokenKind::word) return;
    bool const creates = !head_.empty() && head_.front() == "CREATE";
    if (capabilities_.dollar_quotes) {
      // CREATE FUNCTION … BEGIN ATOMIC (PostgreSQL 14, https://www.postgresql.org/docs/current/sql-createfunction.html)
      if (creates && token.is("ATOMIC") && follows("BEGIN")) open(Block::body, token);
      return;
    }
    if (!capabilities_.compound_bodies) return;
    if (!capabilities_.delimiter_command) {
      if (creates && head_has("TRIGGER") && token.is("BEGIN")) open(Block::body, token);
      return;
    }
    bool const routine = creates && (head_has("PROCEDURE") || head_has("FUNCTION") || head_has("TRIGGER") ||
                                     head_has("EVENT") || head_has("PACKAGE"));
    // BEGIN NOT ATOMIC is MariaDB's anonymous block.
    if (token.is("ATOMIC") && follows("NOT") && head_.size() >= 2 && head_[0] == "BEGIN")
      return open(Block::body, token);
    if (!routine || !past_signature(token)) return;
    if (token.is("BEGIN") || token.is("LOOP") || token.is("REPEAT") || token.is("WHILE") || token.is("CASE"))
      open(Block::body, token);
    else if (token.is("IF") && starts_body())
      open(Block::body, token);
  }

  /// A routine's own name and options may hold these words; a body begins after its parentheses or after FOR EACH ROW,
  /// DO.
  bool past_signature(Token const& token) const {
    return token.is("BEGIN") || previous_.is(')') || follows("ROW") || follows("DO") || previous_.is(':') ||
           (previous_.kind == TokenKind::word && !follows("TRIGGER") && !follows("PROCEDURE") && !follows("FUNCTION") &&
            !follows("EVENT"));
  }
  /// IF EXISTS and IF NOT EXISTS stand right after the kind of thing.
  bool starts_body() const {
    return follows("ROW") || follows("DO") || previous_.is(')') || follows("SQL") || follows("DATA") ||
           follows("DETERMINISTIC");
  }

  bool at_statement_start() const {
    return previous_.is(';') || previous_.is(':') || follows("BEGIN") || follows("ATOMIC") || follows("THEN") ||
           follows("ELSE") || follows("DO") || follows("LOOP") || follows("REPEAT");
  }

  void inside(Token const& token) {
    if (token.kind != TokenKind::word) return;
    if (token.is("END")) {
      // END closes an expression's CASE anywhere, a body only where a statement could stand: `end` may name a column in
      // SQLite.
      if (open_.back() == Block::expression || at_statement_start() || capabilities_.delimiter_command)
        open_.pop_back();
      return;
    }
    if (follows("END") && (token.is("IF") || token.is("CASE") || token.is("LOOP") || token.is("WHILE") ||
                           token.is("REPEAT") || token.is("FOR")))
      return;
    if (token.is("CASE"))
      return open_.push_back(capabilities_.delimiter_command && at_statement_start() ? Block::body : Block::expression);
    if (!capabilities_.delimiter_command) return;
    if (token.is("BEGIN"))
      open_.push_back(Block::body);
    else if ((token.is("IF") || token.is("LOOP") || token.is("REPEAT") || token.is("WHILE") || token.is("FOR")) &&
             at_statement_start())
      open_.push_back(Block::body);
  }

  Capabilities const& capabilities_;
  std::vector<Block> open_;
  std::vector<std::string> head_;
  Token previous_;
  std::size_t count_ = 0, opened_at_ = 0;
};

class Splitter {
 public:
  Splitter(std::string_view script, Capabilities const& capabilities)
      : script_{script},
        capabilities_{capabilities},
        lexer_{script, capabilities} {}

  std::vector<Piece> run() {
    for (;;) {
      auto const token = lexer_.next();
      if (!token.closed) fail_unclosed(token);
      if (token.kind == TokenKind::end) break;
      if (!token.is_significant()) continue;
      if (!begun_ && starts_command(token)) continue;
      if (ends_here(token)) {
        finish();
        lexer_.move_to(token.offset + delimiter_.size());
        if (copy_) read_copy_data();
        continue;
      }
      if (!begun_) begin(token);
      bodies_->see(token);
      if (words_ < 2 && token.kind == TokenKind::word) {
        if (words_++ == 0) is_copy_ = capabilities_.copy_from_stdin && token.is("COPY");
      }
      if (is_copy_ && token.kind == TokenKind::word) {
        if (token.is("STDIN") && last_was_from_) copy_ = true;
        last_was_from_ = token.is("FROM");
      }
      end_ = token.offset + token.text.size();
    }
    if (begun_) {
      if (bodies_->is_open()) {
        throw UsageError{fmt::format("the body that begins on line {} has no END", line_at(bodies_->opened_at())),
                         Hint{capabilities_.delimiter_command ? "in a .sql file DELIMITER sets another end of statement"
                                                              : "end it with `END;`"}};
      }
      bool const copies = copy_;
      finish();
      if (copies) pieces_.back().is_copy = true;
    }
    return std::move(pieces_);
  }

 private:
  void begin(Token const& token) {
    begun_ = true;
    start_ = token.offset;
    bodies_.emplace(capabilities_);
    words_ = 0;
    is_copy_ = copy_ = last_was_from_ = false;
  }

  bool ends_here(Token const& token) {
    if (delimiter_ == ";") return token.is(';') && !(begun_ && bodies_->is_open());
    return script_.substr(token.offset, delimiter_.size()) == delimiter_;
  }

  void finish() {
    if (!begun_) return; // a lone delimiter
    begun_ = false;
    Piece piece;
    piece.text = std::string{script_.substr(start_, end_ - start_)};
    piece.offset = start_;
    piece.line = line_at(start_);
    pieces_.push_back(std::move(piece));
  }

  /// Client commands between statements: DELIMITER is obeyed, those of psql are refused.
  bool starts_command(Token const& token) {
    if (capabilities_.copy_from_stdin && token.is('\\')) {
      auto const line_end = std::min(script_.find('\n', token.offset), script_.size());
      throw UsageError{fmt::format("'{}' on line {} is a command of psql, not SQL",
                                   trim(script_.substr(token.offset, line_end - token.offset)), line_at(token.offset)),
                       Hint{"write it as SQL, or do it in a Lua migration"}};
    }
    if (!capabilities_.delimiter_command || token.kind != TokenKind::word || !token.is("DELIMITER")) return false;
    auto const begin = token.offset + token.text.size();
    auto const line_end = std::min(script_.find('\n', begin), script_.size());
    auto const wanted = trim(script_.substr(begin, line_end - begin));
    if (wanted.empty()) throw UsageError{fmt::format("DELIMITER on line {} names no delimiter", line_at(token.offset))};
    delimiter_ = std::string{wanted};
    lexer_.move_to(line_end);
    return true;
  }

  /// The lines after COPY … FROM stdin, up to `\.` alone on a line (psql's form).
  void read_copy_data() {
    auto& piece = pieces_.back();
    piece.is_copy = true;
    auto at = script_.find('\n', lexer_.position());
    at = at == std::string_view::npos ? script_.size() : at + 1;
    auto const begin = at;
    while (at < script_.size()) {
      auto const line_end = std::min(script_.find('\n', at), script_.size());
      auto line = script_.substr(at, line_end - at);
      if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
      if (line == "\\.") {
        piece.copy_data = std::string{script_.substr(begin, at - begin)};
        lexer_.move_to(std::min(line_end + 1, script_.size()));
        return;
      }
      at = line_end + 1;
    }
    throw UsageError{fmt::format("the data of COPY on line {} has no end", piece.line),
                     Hint{"end it with a line that holds only \\."}};
  }

  [[noreturn]] void fail_unclosed(Token const& token) {
    char const* what = "string";
    if (token.kind == TokenKind::comment || token.kind == TokenKind::conditional_comment) what = "comment";
    if (token.kind == TokenKind::quoted_name) what = "quoted name";
    if (token.kind == TokenKind::dollar_string) what = "dollar-quoted string";
    throw UsageError{fmt::format("the {} that begins on line {} is not closed", what, line_at(token.offset))};
  }

  /// Lines are asked for in rising order, so counting stays linear.
  int line_at(std::size_t offset) {
    if (offset < counted_) {
      counted_ = 0;
      line_ = 1;
    }
    auto const part = script_.substr(counted_, offset - counted_);
    line_ += static_cast<int>(std::count(part.begin(), part.end(), '\n'));
    counted_ = offset;
    return line_;
  }

  std::string_view script_;
  Capabilities const& capabilities_;
  Lexer lexer_;
  std::string delimiter_ = ";";
  std::optional<Bodies> bodies_;
  bool begun_ = false, is_copy_ = false, copy_ = false, last_was_from_ = false;
  int words_ = 0;
  std::size_t start_ = 0, end_ = 0, counted_ = 0;
  int line_ = 1;
  std::vector<Piece> pieces_;
};

} // namespace

std::vector<Piece> split(std::string_view script, Capabilities const& capabilities) {
  return Splitter{script, capabilities}.run();
}

} // namespace vm::sql

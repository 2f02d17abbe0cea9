#include "engine/sql/split.hpp"

#include "engine/core/error.hpp"
#include "engine/core/text.hpp"
#include "engine/sql/lexer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace vm::sql {

namespace {

/// Counts lines while it only moves forward, so that the whole script is counted once.
class LineCounter {
 public:
  explicit LineCounter(std::string_view text) : text_{text} {}
  int line_at(std::size_t offset) {
    line_ += static_cast<int>(std::count(text_.begin() + static_cast<std::ptrdiff_t>(counted_),
                                         text_.begin() + static_cast<std::ptrdiff_t>(offset), '\n'));
    counted_ = offset;
    return line_;
  }

 private:
  std::string_view text_;
  std::size_t counted_ = 0;
  int line_ = 1;
};

bool is_any(Token const& token, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) { return token.is(word); });
}

/// Follows one statement and says whether a `;` at this place would end it.
class Follower {
 public:
  virtual ~Follower() = default;
  virtual void begin() = 0;
  /// A significant token, a `;` that does not end the statement included.
  virtual void see(Token const& token) = 0;
  virtual bool is_open() const = 0;
  /// Where the body that is open begins.
  virtual std::size_t opened_at() const { return 0; }
  /// Whether the end of the script is not the end of the statement.
  virtual bool is_unfinished() const { return is_open(); }
};

/// A `;` inside parentheses belongs to the statement (CREATE RULE … DO (…; …)), as in psql; so does one in the
/// `BEGIN ATOMIC … END` body of CREATE [OR REPLACE] FUNCTION or PROCEDURE. A `begin` in parentheses is a name.
class PostgresFollower final : public Follower {
 public:
  void begin() override {
    head_ = Head::start;
    parentheses_ = depth_ = 0;
  }
  void see(Token const& token) override {
    if (token.is('(')) ++parentheses_;
    if (token.is(')') && parentheses_ > 0) --parentheses_;
    if (token.kind != TokenKind::word) return;
    follow_head(token);
    if (head_ != Head::routine || parentheses_ > 0) return;
    if (token.is("BEGIN") || (token.is("CASE") && depth_ > 0)) {
      if (depth_++ == 0) opened_at_ = token.offset;
    }
    if (token.is("END") && depth_ > 0) --depth_;
  }
  bool is_open() const override { return parentheses_ > 0 || depth_ > 0; }
  bool is_unfinished() const override { return depth_ > 0; } // a missing parenthesis is the server's to explain
  std::size_t opened_at() const override { return opened_at_; }

 private:
  enum class Head { start, create, create_or, create_or_replace, routine, other };

  void follow_head(Token const& token) {
    switch (head_) {
    case Head::start: head_ = token.is("CREATE") ? Head::create : Head::other; break;
    case Head::create:
    case Head::create_or_replace:
      if (is_any(token, {"FUNCTION", "PROCEDURE"}))
        head_ = Head::routine;
      else
        head_ = head_ == Head::create && token.is("OR") ? Head::create_or : Head::other;
      break;
    case Head::create_or: head_ = token.is("REPLACE") ? Head::create_or_replace : Head::other; break;
    case Head::routine:
    case Head::other: break;
    }
  }

  Head head_ = Head::start;
  int parentheses_ = 0, depth_ = 0;
  std::size_t opened_at_ = 0;
};

/// SQLite's own idea, the states of sqlite3_complete(): a trigger ends with `; END ;`.
class SqliteFollower final : public Follower {
 public:
  void begin() override { state_ = State::start; }
  void see(Token const& token) override {
    switch (state_) {
    case State::start:
      state_ = token.is("EXPLAIN") ? State::explain : token.is("CREATE") ? State::create : State::normal;
      break;
    case State::normal: break;
    case State::explain:
      if (token.is("CREATE"))
        state_ = State::create;
      else if (is_any(token, {"EXPLAIN", "TEMP", "TEMPORARY", "TRIGGER", "END"}))
        state_ = State::normal;
      break;
    case State::create:
      opened_at_ = token.offset;
      has_begin_ = false;
      if (token.is("TRIGGER"))
        state_ = State::trigger;
      else if (!is_any(token, {"TEMP", "TEMPORARY"}))
        state_ = State::normal;
      break;
    case State::trigger:
    case State::trigger_end:
      if (token.is("BEGIN") && !std::exchange(has_begin_, true)) opened_at_ = token.offset;
      state_ = token.is(';') ? State::trigger_semicolon : State::trigger;
      break;
    case State::trigger_semicolon:
      if (token.is("END"))
        state_ = State::trigger_end;
      else if (!token.is(';'))
        state_ = State::trigger;
      break;
    }
  }
  bool is_open() const override { return state_ == State::trigger || state_ == State::trigger_semicolon; }
  std::size_t opened_at() const override { return opened_at_; }

 private:
  enum class State { start, normal, explain, create, trigger, trigger_semicolon, trigger_end };
  State state_ = State::start;
  bool has_begin_ = false;
  std::size_t opened_at_ = 0;
};

/// Compound statements of MariaDB and MySQL: routines, triggers, events, and MariaDB's blocks outside of them.
class MysqlFollower final : public Follower {
 public:
  void begin() override {
    blocks_.clear();
    phase_ = Phase::start;
    previous_ = {};
    before_previous_ = {};
    skip_ = false;
  }

  void see(Token const& token) override {
    if (phase_ == Phase::start) {
      if (is_any(token, {"CREATE", "ALTER"}))
        phase_ = Phase::header;
      else if (is_any(token, {"IF", "CASE", "LOOP", "WHILE", "REPEAT", "FOR"}))
        phase_ = Phase::body;
      else
        phase_ = token.is("BEGIN") ? Phase::begin : Phase::plain;
    } else if (phase_ == Phase::begin) {
      // BEGIN NOT ATOMIC is a block, BEGIN alone a transaction.
      phase_ = token.is("NOT") ? Phase::body : Phase::plain;
      if (phase_ == Phase::body) open(Block::compound, token);
    } else if (phase_ == Phase::header) {
      if (is_any(token, {"PROCEDURE", "FUNCTION", "TRIGGER", "EVENT", "PACKAGE"})) {
        phase_ = Phase::body;
        remember(token);
        skip_ = true; // IF NOT EXISTS
        return;
      }
      if (is_any(token, {"TABLE", "TEMPORARY", "VIEW", "INDEX", "UNIQUE", "FULLTEXT", "SPATIAL", "DATABASE", "SCHEMA",
                         "USER", "ROLE", "SEQUENCE", "SERVER", "ALGORITHM", "SQL", "TABLESPACE"}))
        phase_ = Phase::plain;
    }
    if (phase_ == Phase::body) follow(token);
    remember(token);
  }

  bool is_open() const override { return !blocks_.empty(); }
  std::size_t opened_at() const override { return opened_at_; }

 private:
  enum class Phase { start, begin, header, body, plain };
  enum class Block { compound, case_expression };

  void open(Block block, Token const& token) {
    if (blocks_.empty()) opened_at_ = token.offset;
    blocks_.push_back(block);
  }

  void remember(Token const& token) {
    before_previous_ = previous_;
    previous_ = token;
  }

  bool is_in_expression() const { return !blocks_.empty() && blocks_.back() == Block::case_expression; }

  /// Whether a statement can begin here: after another one, after a word that takes statements, or after the head of a
  /// routine.
  bool is_statement_start() const {
    if (previous_.kind == TokenKind::end) return true;
    if (is_in_expression()) return false;
    if (previous_.is(';') || previous_.is(':')) return true;
    if (is_any(previous_, {"BEGIN", "THEN", "ELSE", "DO", "LOOP", "REPEAT"})) return true;
    if (!blocks_.empty()) return false;
    if (previous_.kind == TokenKind::string) return before_previous_.is("COMMENT");
    return previous_.is(')') || is_any(previous_, {"ROW", "DETERMINISTIC", "SQL", "DATA", "INVOKER", "DEFINER"});
  }

  void follow(Token const& token) {
    if (std::exchange(skip_, false) && token.is("IF")) return;
    if (token.is("END")) {
      if (!blocks_.empty()) blocks_.pop_back();
      return;
    }
    bool const closes = previous_.is("END"); // END IF, END LOOP, …
    if (closes && is_any(token, {"IF", "CASE", "LOOP", "WHILE", "REPEAT", "FOR"})) return;
    if (token.is("CASE")) {
      open(is_statement_start() ? Block::compound : Block::case_expression, token);
    } else if (token.is("BEGIN")) {
      // A handler's block stands after a condition, so a name is told by what cannot stand before a block.
      bool const is_name =
          (previous_.kind == TokenKind::symbol && !previous_.is(';') && !previous_.is(':') && !previous_.is(')')) ||
          is_any(previous_, {"SELECT", "AS", "WHERE", "AND", "OR", "BY", "SET", "ON", "INTO"});
      if (!is_name) open(Block::compound, token);
    } else if (is_any(token, {"IF", "LOOP", "WHILE", "REPEAT", "FOR"}) && is_statement_start()) {
      open(Block::compound, token);
    }
  }

  std::vector<Block> blocks_;
  Phase phase_ = Phase::start;
  Token previous_, before_previous_;
  bool skip_ = false;
  std::size_t opened_at_ = 0;
};

class PlainFollower final : public Follower {
 public:
  void begin() override {}
  void see(Token const&) override {}
  bool is_open() const override { return false; }
};

std::unique_ptr<Follower> follower_for(Capabilities const& capabilities) {
  if (capabilities.dollar_quotes) return std::make_unique<PostgresFollower>();
  if (!capabilities.compound_bodies) return std::make_unique<PlainFollower>();
  if (capabilities.delimiter_command) return std::make_unique<MysqlFollower>();
  return std::make_unique<SqliteFollower>();
}

std::string_view kind_name(Token const& token) {
  switch (token.kind) {
  case TokenKind::comment:
  case TokenKind::conditional_comment: return "comment";
  case TokenKind::quoted_name: return "quoted name";
  case TokenKind::dollar_string: return "dollar-quoted string";
  default: return "string";
  }
}

class Splitter {
 public:
  Splitter(std::string_view script, Capabilities const& capabilities)
      : script_{script},
        capabilities_{capabilities},
        lexer_{script, capabilities},
        lines_{script},
        follower_{follower_for(capabilities)} {}

  std::vector<Piece> split() {
    follower_->begin();
    for (;;) {
      auto const token = next();
      if (token.kind == TokenKind::end) break;
      if (!token.closed)
        throw UsageError{
            fmt::format("the {} that begins on line {} is not closed", kind_name(token), lines_.line_at(token.offset))};
      if (is_delimiter(token)) {
        finish();
        lexer_.move_to(token.offset + delimiter_.size());
        if (std::exchange(is_copy_, false)) take_copy_data();
        continue;
      }
      if (!token.is_significant()) continue;
      if (!begin_ && capabilities_.delimiter_command && token.is("DELIMITER") && is_line_start(token.offset)) {
        change_delimiter(token);
        continue;
      }
      if (token.is('\\') && capabilities_.copy_from_stdin) refuse_client_command(token);
      see(token);
    }
    if (begin_ && delimiter_ == ";" && follower_->is_unfinished()) {
      throw UsageError{
          fmt::format("the body that begins on line {} has no END", lines_.line_at(follower_->opened_at())),
          Hint{capabilities_.delimiter_command ? "in a .sql file DELIMITER sets another end of statement"
                                               : "end it with `END;`"}};
    }
    finish();
    if (is_copy_) fail_copy_data();
    return std::move(pieces_);
  }

 private:
  /// A token that stops where the delimiter begins: `END$$` is a word to MariaDB, `END` and `$$` to its client.
  Token next() {
    auto token = lexer_.next();
    if (delimiter_ == ";" || token.kind == TokenKind::end) return token;
    bool const is_bare = token.kind == TokenKind::word || token.kind == TokenKind::symbol;
    if (script_.substr(token.offset).starts_with(delimiter_) && token.kind != TokenKind::space) {
      token.kind = TokenKind::symbol;
      token.text = script_.substr(token.offset, delimiter_.size());
      token.closed = true;
      lexer_.move_to(token.offset + delimiter_.size());
      return token;
    }
    if (!is_bare || token.text.size() < 2) return token;
    for (std::size_t i = 1; i < token.text.size(); ++i) {
      if (!script_.substr(token.offset + i).starts_with(delimiter_)) continue;
      token.text = token.text.substr(0, i);
      lexer_.move_to(token.offset + i);
      break;
    }
    return token;
  }

  bool is_delimiter(Token const& token) const {
    if (token.kind != TokenKind::symbol || token.text != delimiter_) return false;
    return delimiter_ != ";" || !follower_->is_open();
  }

  void see(Token const& token) {
    if (!begin_) {
      begin_ = token.offset;
      first_ = token;
    }
    end_ = token.offset + token.text.size();
    follower_->see(token);
    if (capabilities_.copy_from_stdin && first_.is("COPY") && previous_.is("FROM") && token.is("STDIN"))
      is_copy_ = true;
    previous_ = token;
  }

  void finish() {
    if (begin_) {
      pieces_.push_back({.text = std::string{script_.substr(*begin_, end_ - *begin_)},
                         .offset = *begin_,
                         .line = lines_.line_at(*begin_),
                         .is_copy = is_copy_});
    }
    begin_.reset();
    first_ = previous_ = {};
    follower_->begin();
  }

  bool is_line_start(std::size_t offset) const {
    while (offset > 0 && (script_[offset - 1] == ' ' || script_[offset - 1] == '\t')) --offset;
    return offset == 0 || script_[offset - 1] == '\n' || script_[offset - 1] == '\r';
  }

  std::size_t line_end(std::size_t offset) const { return std::min(script_.find('\n', offset), script_.size()); }

  void change_delimiter(Token const& token) {
    auto const begin = token.offset + token.text.size();
    auto const end = line_end(begin);
    auto const line = trim(script_.substr(begin, end - begin));
    auto const word = line.substr(0, line.find_first_of(" \t"));
    if (word.empty())
      throw UsageError{fmt::format("DELIMITER on line {} names no delimiter", lines_.line_at(token.offset))};
    delimiter_ = word;
    begin_.reset();
    lexer_.move_to(end);
  }

  [[noreturn]] void refuse_client_command(Token const& token) {
    auto const end = line_end(token.offset);
    throw UsageError{fmt::format("'{}' on line {} is a command of psql, not SQL",
                                 trim(script_.substr(token.offset, end - token.offset)), lines_.line_at(token.offset)),
                     Hint{"write it as SQL, or do it in a Lua migration"}};
  }

  /// What stands between the line of the COPY statement and the line `\.`, or the end.
  void take_copy_data() {
    auto const statement_end = lexer_.position();
    auto const first_line_end = line_end(statement_end);
    if (!trim(script_.substr(statement_end, first_line_end - statement_end)).empty())
      throw UsageError{fmt::format("line {} goes on after COPY … FROM stdin, whose data begins on the next line",
                                   lines_.line_at(statement_end))};
    std::size_t begin = std::min(first_line_end + 1, script_.size());
    std::size_t at = begin;
    while (at < script_.size()) {
      auto const end = line_end(at);
      auto line = script_.substr(at, end - at);
      if (line.ends_with('\r')) line.remove_suffix(1);
      if (line == "\\.") {
        pieces_.back().copy_data = script_.substr(begin, at - begin);
        lexer_.move_to(end);
        return;
      }
      at = end + 1;
    }
    fail_copy_data();
  }

  [[noreturn]] void fail_copy_data() {
    throw UsageError{fmt::format("the data of COPY on line {} has no end", pieces_.back().line),
                     Hint{"end it with a line that holds only \\."}};
  }

  std::string_view script_;
  Capabilities const& capabilities_;
  Lexer lexer_;
  LineCounter lines_;
  std::unique_ptr<Follower> follower_;
  std::string delimiter_ = ";";
  std::vector<Piece> pieces_;
  std::optional<std::size_t> begin_; ///< of the statement at hand
  std::size_t end_ = 0;              ///< of its last token
  bool is_copy_ = false;
  Token first_, previous_;
};

} // namespace

std::vector<Piece> split(std::string_view script, Capabilities const& capabilities) {
  if (script.starts_with("\xEF\xBB\xBF")) {
    // A byte order mark is no part of the first statement.
    auto pieces = split(script.substr(3), capabilities);
    for (auto& piece : pieces) piece.offset += 3;
    return pieces;
  }
  return Splitter{script, capabilities}.split();
}

} // namespace vm::sql

#include "bindings/skim.hpp"

#include "bindings/header.hpp"
#include "bindings/lexicon.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace vm::bindings {

namespace {

// LuaJIT has limits of its own (200 locals and 250 registers a function, 60 upvalues, 200 levels, 32,768 instructions
// of a jump); a text within these keeps far from all of them.
constexpr std::size_t most_bytes = 32768;
constexpr int most_locals = 50;
constexpr int most_levels = 90;
constexpr int most_pending = 80;

constexpr std::array<std::string_view, 15> binary_marks{"+", "-",  "*",  "/",  "%",  "^",   "..", "<",
                                                        ">", "<=", ">=", "==", "~=", "and", "or"};

/// Recognises Lua; `good_` is false from the first thing on that it does not know.
class Skimmer {
 public:
  explicit Skimmer(std::string_view text) : lexicon_{text} {}

  bool top_level(script::Header& header);

 private:
  struct Function {
    bool is_vararg = false;
    int loops = 0;
  };

  /// Counts what is being worked on, on the way down and back up.
  class Counted {
   public:
    Counted(int& count, int most, bool& good) : count_{count} { good = ++count_ <= most && good; }
    ~Counted() { --count_; }
    Counted(Counted const&) = delete;
    Counted& operator=(Counted const&) = delete;

   private:
    int& count_;
  };

  bool is(std::string_view what) const { return good_ && lexicon_.is(what); }
  bool is(Token kind) const { return good_ && lexicon_.kind() == kind; }
  bool refuse() { return good_ = false; }
  bool accept(std::string_view what) {
    if (!is(what)) return false;
    lexicon_.next();
    return true;
  }
  void expect(std::string_view what) {
    if (!accept(what)) refuse();
  }
  std::string_view expect_name() {
    auto const name = lexicon_.token();
    if (is(Token::name))
      lexicon_.next();
    else
      refuse();
    return name;
  }
  void local() {
    if (++locals_ > most_locals) refuse();
  }

  // The header.
  bool field(script::Header& header, std::string_view name);
  bool texts(std::vector<std::string>& list);
  bool once(std::string_view name);

  // The language.
  void block();
  bool block_ends() const;
  void statement();
  void if_statement();
  void for_statement();
  void loop_body(std::string_view end);
  void local_statement();
  void expression_statement();
  void function_name();
  void function_body(bool has_self);
  void expressions();
  void expression();
  void simple();
  /// Whether what was read may be assigned to, or is a call.
  enum class Kind { variable, call, other };
  Kind suffixed();
  void arguments();
  void table();

  Lexicon lexicon_;
  bool good_ = true;
  int levels_ = 0, pending_ = 0, locals_ = 0;
  std::vector<Function> functions_ = std::vector<Function>(1, Function{true, 0});
  std::vector<std::string_view> seen_;
};

bool Skimmer::once(std::string_view name) {
  if (std::find(seen_.begin(), seen_.end(), name) != seen_.end()) return refuse();
  seen_.push_back(name);
  return true;
}

bool Skimmer::texts(std::vector<std::string>& list) {
  if (accept("nil")) return true;
  bool const many = accept("{");
  do {
    if (many && !list.empty() && is("}")) break;
    if (!is(Token::string) || lexicon_.is_escaped()) return refuse();
    list.emplace_back(lexicon_.token());
    lexicon_.next();
  } while (many && accept(","));
  if (many) expect("}");
  return good_;
}

bool Skimmer::field(script::Header& header, std::string_view name) {
  if (!once(name)) return false;
  expect("=");
  if (name == "revision") {
    if (!is(Token::string) || lexicon_.is_escaped()) return refuse();
    header.revision = lexicon_.token();
    lexicon_.next();
    return true;
  }
  if (name == "down_revision") return texts(header.down_revision);
  if (name == "branch_labels") return texts(header.branch_labels);
  if (name == "depends_on") return texts(header.depends_on);
  if (name != "transaction") return refuse();
  if (accept("nil")) return true;
  header.transaction = is("true");
  return accept("true") || accept("false") || refuse();
}

bool Skimmer::top_level(script::Header& header) {
  while (good_ && !is(Token::end)) {
    if (accept("function")) {
      auto const name = expect_name();
      if (name == "upgrade")
        header.has_upgrade = true;
      else if (name == "downgrade")
        header.has_downgrade = true;
      else
        return refuse();
      if (once(name)) function_body(false);
    } else if (accept("local")) {
      expect("function");
      expect_name();
      local();
      function_body(false);
    } else {
      field(header, expect_name());
    }
    accept(";");
  }
  return good_ && std::find(seen_.begin(), seen_.end(), "revision") != seen_.end();
}

bool Skimmer::block_ends() const {
  return !good_ || is(Token::end) || is("end") || is("else") || is("elseif") || is("until");
}

void Skimmer::block() {
  Counted const level{levels_, most_levels, good_};
  while (!block_ends()) {
    if (accept("return")) {
      if (!block_ends() && !is(";")) expressions();
      accept(";");
      if (!block_ends()) refuse();
      return;
    }
    if (accept("break")) {
      accept(";");
      if (functions_.back().loops == 0 || !block_ends()) refuse();
      return;
    }
    statement();
    accept(";");
  }
}

void Skimmer::statement() {
  if (accept("if")) return if_statement();
  if (accept("while")) {
    expression();
    expect("do");
    return loop_body("end");
  }
  if (accept("do")) {
    block();
    return expect("end");
  }
  if (accept("for")) return for_statement();
  if (accept("repeat")) {
    loop_body("until");
    return expression();
  }
  if (accept("function")) return function_name();
  if (accept("local")) return local_statement();
  expression_statement();
}

void Skimmer::if_statement() {
  do {
    expression();
    expect("then");
    block();
  } while (accept("elseif"));
  if (accept("else")) block();
  expect("end");
}

void Skimmer::loop_body(std::string_view end) {
  ++functions_.back().loops;
  block();
  --functions_.back().loops;
  expect(end);
}

void Skimmer::for_statement() {
  int names = 0;
  do {
    expect_name();
    local();
    ++names;
  } while (accept(","));
  for (int hidden = 0; hidden < 3; ++hidden) local();
  if (names == 1 && accept("=")) {
    expression();
    expect(",");
    expression();
    if (accept(",")) expression();
  } else {
    expect("in");
    expressions();
  }
  expect("do");
  loop_body("end");
}

void Skimmer::local_statement() {
  if (accept("function")) {
    expect_name();
    local();
    return function_body(false);
  }
  do {
    expect_name();
    local();
  } while (accept(","));
  if (accept("=")) expressions();
}

void Skimmer::function_name() {
  expect_name();
  while (accept(".")) expect_name();
  bool const has_self = accept(":");
  if (has_self) expect_name();
  function_body(has_self);
}

void Skimmer::expression_statement() {
  auto kind = suffixed();
  if (!is("=") && !is(",")) {
    if (kind != Kind::call) refuse();
    return;
  }
  int const before = pending_;
  while (kind == Kind::variable && accept(",")) {
    if (++pending_ > most_pending) refuse();
    kind = suffixed();
  }
  if (kind != Kind::variable) refuse();
  expect("=");
  expressions();
  pending_ = before;
}

void Skimmer::function_body(bool has_self) {
  Counted const level{levels_, most_levels, good_};
  Function function;
  if (has_self) local();
  expect("(");
  if (!is(")")) {
    do {
      if (accept("...")) {
        function.is_vararg = true;
        break;
      }
      expect_name();
      local();
    } while (accept(","));
  }
  expect(")");
  functions_.push_back(function);
  block();
  functions_.pop_back();
  expect("end");
}

void Skimmer::expressions() {
  int const before = pending_;
  do {
    expression();
    if (++pending_ > most_pending) refuse();
  } while (accept(","));
  pending_ = before;
}

void Skimmer::expression() {
  Counted const level{levels_, most_levels, good_};
  if (!good_) return;
  int const before = pending_;
  while (true) {
    int unary = 0;
    while (accept("not") || accept("-") || accept("#"))
      if (++unary > 3) refuse();
    simple();
    if (++pending_ > most_pending) refuse();
    bool const goes_on = good_ && std::any_of(binary_marks.begin(), binary_marks.end(),
                                              [this](std::string_view mark) { return lexicon_.is(mark); });
    if (!goes_on) break;
    lexicon_.next();
  }
  pending_ = before;
}

void Skimmer::simple() {
  if (is(Token::number) || is(Token::string)) return lexicon_.next();
  if (accept("nil") || accept("true") || accept("false")) return;
  if (is("...")) {
    if (!functions_.back().is_vararg) refuse();
    return lexicon_.next();
  }
  if (is("{")) return table();
  if (accept("function")) return function_body(false);
  suffixed();
}

Skimmer::Kind Skimmer::suffixed() {
  Counted const level{levels_, most_levels, good_};
  auto kind = Kind::variable;
  if (accept("(")) {
    expression();
    expect(")");
    kind = Kind::other;
  } else {
    expect_name();
  }
  while (good_) {
    if (accept(".")) {
      expect_name();
      kind = Kind::variable;
    } else if (accept("[")) {
      expression();
      expect("]");
      kind = Kind::variable;
    } else if (is(":") || is("(") || is("{") || is(Token::string)) {
      if (accept(":")) expect_name();
      arguments();
      kind = Kind::call;
    } else {
      break;
    }
  }
  return kind;
}

void Skimmer::arguments() {
  if (is("{")) return table();
  if (is(Token::string)) return lexicon_.next();
  // LuaJIT refuses a bracket on the next line as ambiguous.
  if (lexicon_.is_first_on_line()) refuse();
  expect("(");
  if (!is(")")) expressions();
  expect(")");
}

void Skimmer::table() {
  Counted const level{levels_, most_levels, good_};
  expect("{");
  while (good_ && !is("}")) {
    if (accept("[")) {
      expression();
      expect("]");
      expect("=");
      expression();
    } else {
      if (is(Token::name)) { // a key, or the first name of an expression
        auto const name = lexicon_;
        lexicon_.next();
        if (!accept("=")) lexicon_ = name;
      }
      expression();
    }
    if (!accept(",") && !accept(";")) break;
  }
  expect("}");
}

} // namespace

std::optional<script::Header> skim_header(std::filesystem::path const& path, std::string_view text) {
  if (text.size() > most_bytes || text.find('\0') != std::string_view::npos) return std::nullopt;
  script::Header header;
  if (!Skimmer{text}.top_level(header)) return std::nullopt;
  header.path = path.native();
  header.line = line_of(text, "revision");
  auto comment = leading_comment(text);
  header.message = std::move(comment.message);
  header.doc = std::move(comment.doc);
  header.created = std::move(comment.created);
  return header;
}

} // namespace vm::bindings

// Random scripts, cut by us and by the database's own program: psql, the mariadb client, SQLite's parser and
// sqlite3_complete(). VM_TEST_SEED=n chooses another seed, VM_TEST_SPLIT_SCRIPTS=n the number of scripts per database
// (long form: 200000, some minutes). A difference is told with its script and becomes a case of
// tests/engine/sql/split_test.cpp.
#include "engine/core/error.hpp"
#include "engine/dialect/registry.hpp"
#include "engine/sql/lexer.hpp"
#include "engine/sql/split.hpp"
#include "tests/support/databases.hpp"
#include "tests/support/process.hpp"
#include "tests/support/temp_project.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <dlfcn.h>
#include <random>

using namespace vm;

namespace {

using Texts = std::vector<std::string>;

std::size_t setting(char const* name, std::size_t otherwise) {
  char const* const text = std::getenv(name);
  return text == nullptr ? otherwise : static_cast<std::size_t>(std::stoull(text));
}

unsigned seed() {
  return static_cast<unsigned>(setting("VM_TEST_SEED", 20261125));
}

class Random {
 public:
  explicit Random(unsigned seed) : engine_{seed} {}
  std::size_t below(std::size_t limit) { return std::uniform_int_distribution<std::size_t>{0, limit - 1}(engine_); }
  bool one_in(std::size_t many) { return below(many) == 0; }
  template<std::size_t N>
  std::string of(char const* const (&list)[N]) {
    return list[below(N)];
  }

 private:
  std::mt19937 engine_;
};

/// What stands inside quotes and comments: everything that means something outside of them.
std::string inside(Random& random, std::string_view forbidden) {
  static constexpr char const* pieces[] = {";",  "'",  "\"", "`",  "$$", "$a$", "--",    "/*",  "*/",     "#",
                                           "\\", "\n", "[",  "]",  "(",  ")",   "BEGIN", "END", " ",      "é",
                                           "漢", "a",  "E'", "//", "\t", ":x",  "DO",    "😀",   "CREATE", "DELIMITER"};
  std::string text;
  for (auto left = random.below(6); left > 0; --left) {
    auto const piece = random.of(pieces);
    if (piece.find_first_of(forbidden) == std::string::npos) text += piece;
  }
  return text;
}

/// Scripts of one database: statements of random tokens, whatever they mean.
class Scripts {
 public:
  Scripts(std::string dialect, unsigned seed) : dialect_{std::move(dialect)}, random_{seed} {}

  std::string next() {
    std::string script;
    for (auto statements = 1 + random_.below(4); statements > 0; --statements) {
      script += filler();
      script += statement();
      if (statements > 1 || !random_.one_in(4)) script += random_.one_in(6) ? ";;" : ";";
    }
    return script + (random_.one_in(3) ? filler() : "");
  }

  Random& random() { return random_; }

 private:
  bool postgresql() const { return dialect_ == "postgresql"; }
  bool mariadb() const { return dialect_ == "mariadb"; }

  std::string statement() {
    static constexpr char const* firsts[] = {"zap", "zap", "zap", "CREATE x", "zip é漢", "x.y"};
    if (!mariadb() && random_.one_in(4)) return body();
    std::string text = random_.of(firsts);
    for (auto left = random_.below(7); left > 0; --left) text += filler() + token();
    return text;
  }

  /// A statement that holds others.
  std::string body() {
    std::string text;
    auto const add = [&](std::string const& piece) { text += piece + filler(); };
    if (postgresql()) {
      static constexpr char const* heads[] = {"CREATE FUNCTION", "create or replace function", "CREATE PROCEDURE",
                                              "CREATE OR REPLACE PROCEDURE", "Create Function"};
      add(random_.of(heads));
      add("f(" + std::string{random_.one_in(3) ? "\"begin\" int" : random_.one_in(3) ? "begin int" : ""} + ")");
      if (random_.one_in(2)) add("RETURNS int");
      if (random_.one_in(3)) return text + "AS $f$" + inside(random_, "$") + "$f$";
      add("BEGIN ATOMIC");
      for (auto left = random_.below(4); left > 0; --left) {
        add(random_.one_in(3) ? "SELECT CASE WHEN true THEN 1 END" : "SELECT 1");
        if (random_.one_in(2)) add(token_that_is_whole());
        add(";");
      }
      return text + "END";
    }
    static constexpr char const* heads[] = {"CREATE TRIGGER", "create temp trigger", "CREATE TEMPORARY TRIGGER",
                                            "EXPLAIN CREATE TRIGGER", "Create Trigger"};
    add(random_.of(heads));
    add("t AFTER INSERT ON a");
    add("BEGIN");
    for (auto left = 1 + random_.below(3); left > 0; --left) {
      add(random_.one_in(3) ? "SELECT CASE WHEN 1 THEN 1 END" : "SELECT 1");
      if (random_.one_in(2)) add(token_that_is_whole());
      add(";");
    }
    return text + "END";
  }

  std::string token() {
    static constexpr char const* postgresql_tokens[] = {
        "1$$;$$", "$1", "a$b$c", "x::int", "d[1:2]", "(",     ")",   "-",    "+--x\n", "/",     "*",
        "*/",     "<",  "@",     "1.5",    "NOT",    "BEGIN", "END", "CASE", "CREATE", "FROM",  "1$",
        "é$x$",   ",",  "#",     "STDIN",  "[",      "]",     "`",   "OR",   "$",      "@--;\n"};
    static constexpr char const* mariadb_tokens[] = {
        "@x",   "a$b$c", "(", ")", "-",    "1--1", "/", "*",   "*/",  "<",  "$$", "1.5", "BEGIN", "END",
        "CASE", "IF",    "[", "]", "FROM", "$1",   ",", "x.y", "$a$", "é$", "-",  "~",   "()",    "=="};
    static constexpr char const* sqlite_tokens[] = {
        "?1",     "@x",   "(",       ")",    "-",   "->>", "/",  "*", "*/", "<", "$x", "BEGIN", "END",
        "CREATE", "TEMP", "TRIGGER", "CASE", "1.5", ",",   "x$", "#", "é",  "]", ":x", "E",     "||"};
    if (random_.one_in(2)) return token_that_is_whole();
    if (postgresql()) return random_.of(postgresql_tokens);
    return mariadb() ? random_.of(mariadb_tokens) : random_.of(sqlite_tokens);
  }

  /// A string or a quoted name with anything in it.
  std::string token_that_is_whole() {
    auto const text = inside(random_, "");
    auto const doubled = [&](char quote, bool backslash) {
      std::string made;
      for (char const c : text) {
        made += c;
        if (c == quote || (c == '\\' && backslash)) made += c;
      }
      return quote + made + quote;
    };
    switch (random_.below(6)) {
    case 0: return doubled('"', mariadb());
    case 1:
      if (mariadb()) return "'\\'" + inside(random_, "'\\") + "\\''";
      if (postgresql()) return random_.one_in(2) ? "E'\\'" + inside(random_, "'\\") + "'" : "e" + doubled('\'', true);
      return "[" + inside(random_, "]") + "]";
    case 2:
      if (postgresql()) return "$$" + inside(random_, "$") + "$$";
      return doubled('`', false);
    case 3:
      if (postgresql()) return "$é_1$" + inside(random_, "") + "$é_1$";
      return doubled('\'', mariadb());
    case 4:
      if (postgresql())
        return "E'a'" + std::string{random_.one_in(2) ? " -- ;\n" : "\n"} + " 'b" + inside(random_, "'\\") + "'";
      return doubled('\'', mariadb());
    default: return doubled('\'', mariadb());
    }
  }

  std::string filler() {
    switch (random_.below(8)) {
    case 0: return "--" + std::string{" "} + inside(random_, "\n") + "\n";
    case 1: return "/*" + inside(random_, "*/!") + "*/";
    case 2:
      if (postgresql()) return "/*;/*" + inside(random_, "*/") + "*/;*/";
      return mariadb() ? "#" + inside(random_, "\n") + "\n" : "\n";
    case 3: return "\n";
    case 4: return "\t";
    case 5: return postgresql() && random_.one_in(4) ? "-- ;\r" : "\r\n";
    default: return " ";
    }
  }

  std::string dialect_;
  Random random_;
};

/// Our cut; nothing where we refuse.
std::optional<Texts> ours(std::string_view dialect, std::string_view script) {
  auto const made = dialect::backend_for(dialect).dialect(nullptr, {});
  try {
    Texts texts;
    for (auto const& piece : sql::split(script, made->capabilities())) texts.push_back(piece.text);
    return texts;
  } catch (UsageError const&) {
    return std::nullopt;
  }
}

/// A statement without comments, without white space (the programs drop some of it) and without semicolons at its end.
std::string bare(std::string_view dialect, std::string_view statement) {
  auto const made = dialect::backend_for(dialect).dialect(nullptr, {});
  sql::Lexer lexer{statement, made->capabilities()};
  std::string kept;
  for (auto token = lexer.next(); token.kind != sql::TokenKind::end; token = lexer.next())
    if (token.is_significant()) kept += token.text;
  std::erase_if(kept, [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; });
  while (kept.ends_with(';')) kept.pop_back();
  return kept;
}

Texts bare(std::string_view dialect, Texts const& statements) {
  Texts kept;
  for (auto const& statement : statements)
    if (auto text = bare(dialect, statement); !text.empty()) kept.push_back(std::move(text));
  return kept;
}

/// psql reads E'a' and a string on the next line as two strings, and lets no backslash escape in the second, where its
/// server does.
bool psql_differs(std::string_view script) {
  auto const made = dialect::backend_for("postgresql").dialect(nullptr, {});
  sql::Lexer lexer{script, made->capabilities()};
  for (auto token = lexer.next(); token.kind != sql::TokenKind::end; token = lexer.next())
    if (token.kind == sql::TokenKind::string && token.text.front() != '\'' &&
        token.text.find_first_of("\r\n") != std::string_view::npos && token.text.find('\\') != std::string_view::npos)
      return true;
  return false;
}

Texts between(std::string_view text, std::string_view head, std::string_view tail) {
  Texts found;
  for (std::size_t at = text.find(head); at != std::string_view::npos; at = text.find(head, at)) {
    at += head.size();
    auto const end = text.find(tail, at);
    if (end == std::string_view::npos) break;
    found.emplace_back(text.substr(at, end - at));
    at = end + tail.size();
  }
  return found;
}

/// One below the other, so that a difference is seen.
std::string shown(Texts const& texts) {
  std::string text;
  for (auto const& each : texts) text += "\n<<" + each + ">>";
  return text;
}

std::string path_of(std::string const& program) {
  for (std::string const folder : {"/usr/lib/postgresql/15/bin/", "/usr/bin/", "/usr/local/bin/"})
    if (std::filesystem::exists(folder + program)) return folder + program;
  FAIL("there is no " << program);
  return {};
}

} // namespace

TEST_CASE("psql cuts a script where we do") {
  auto const database = test::TestDatabase::make("postgresql");
  if (!database) return;
  auto const psql = path_of("psql");
  Scripts scripts{"postgresql", seed()};
  auto const count = setting("VM_TEST_SPLIT_SCRIPTS", 4000);
  constexpr std::size_t per_run = 400;
  std::size_t compared = 0;
  for (std::size_t done = 0; done < count; done += per_run) {
    test::TempFolder folder;
    Texts all;
    // Step by step: psql shows each statement before it would send it, and is told not to.
    test::Start start{{psql, test::url_text(database->url()), "-X", "-q", "-s"}, folder.path()};
    for (std::size_t i = 0; i < per_run; ++i) {
      all.push_back(scripts.next());
      auto const name = std::to_string(i) + ".sql";
      folder.write(name, all.back());
      start.command.insert(start.command.end(), {"-f", name, "-c", "\\echo ====next===="});
    }
    for (std::size_t i = 0; i < per_run * 40; ++i) start.input += "x\n";
    auto const finished = test::run(start);
    std::size_t at = 0;
    for (auto const& script : all) {
      auto const end = finished.out.find("====next====\n", at);
      REQUIRE_MESSAGE(end != std::string::npos, finished.err);
      auto const mine = ours("postgresql", script);
      Texts theirs;
      for (auto const& text :
           between(std::string_view{finished.out}.substr(at, end - at),
                   "***(Single step mode: verify command)*******************************************\n",
                   "\n***(press return to proceed or enter x and return to cancel)********************\n"))
        theirs.push_back(text);
      at = end + std::string_view{"====next====\n"}.size();
      if (!mine || psql_differs(script)) continue; // or something is not closed, and psql waits for more
      ++compared;
      CAPTURE(script);
      CHECK(shown(bare("postgresql", *mine)) == shown(bare("postgresql", theirs)));
    }
  }
  CHECK(compared > count / 2);
}

TEST_CASE("a string of PostgreSQL goes on after a line end as its server reads it, where psql cuts it in two") {
  auto const database = test::TestDatabase::make("postgresql");
  if (!database) return;
  auto const session = database->connect();
  std::string const script = "SELECT E'a' -- it's ;\n  'b\\';c'; SELECT 'a'\n'b\\'; SELECT E'\\'' || 'x';";
  Texts answers;
  for (auto const& text : ours("postgresql", script).value_or(Texts{}))
    answers.push_back(std::get<std::string>(session->scalar(text).value_or(Value{})));
  CHECK(answers == Texts{"ab';c", "ab\\", "'x"});
}

TEST_CASE("the mariadb client cuts a script where we do, also between DELIMITER lines") {
  auto const database = test::TestDatabase::make("mysql");
  if (!database) return;
  test::Start start{{path_of("mariadb"), "--no-defaults", "--protocol=tcp", "--force", "--verbose",
                     "--host=" + database->url().host, "--port=" + std::to_string(database->url().port.value_or(3306)),
                     "--user=" + database->url().user, "--default-character-set=utf8mb4"},
                    std::filesystem::temp_directory_path(),
                    {{"MYSQL_PWD", database->url().password.value_or("")}}};
  Scripts scripts{"mariadb", seed()};
  auto const count = setting("VM_TEST_SPLIT_SCRIPTS", 4000);
  constexpr std::size_t per_run = 400;
  std::size_t compared = 0;
  for (std::size_t done = 0; done < count; done += per_run) {
    test::TempFolder folder;
    std::string text;
    Texts all;
    for (std::size_t i = 0; i < per_run; ++i) {
      auto script = scripts.next();
      if (scripts.random().one_in(3)) {
        // Another delimiter: a semicolon is then one character of the statement.
        static constexpr char const* delimiters[] = {"%%", "$$", ";;", "|", "go"};
        auto const delimiter = scripts.random().of(delimiters);
        script += "\n;\nDELIMITER " + delimiter + "\nzap " + scripts.next() + "\n" + delimiter + "\nzap x; y " +
                  delimiter + "\nDelimiter ;\n";
      }
      if (!ours("mariadb", script)) continue;
      all.push_back(script);
      text += script + "\n;\nzap next;\n";
    }
    folder.write("all.sql", text);
    start.command.resize(9);
    start.command.push_back("-e");
    start.command.push_back("source " + (folder.path() / "all.sql").native());
    auto const finished = test::run(start);
    std::vector<Texts> theirs{{}};
    for (auto const& each : between(finished.out, "--------------\n", "\n--------------\n\n")) {
      if (each == "zap next")
        theirs.emplace_back();
      else
        theirs.back().push_back(each);
    }
    REQUIRE(theirs.size() == all.size() + 1);
    for (std::size_t i = 0; i < all.size(); ++i) {
      ++compared;
      CAPTURE(all[i]);
      auto const mine = ours("mariadb", all[i]).value_or(Texts{});
      CHECK(shown(bare("mariadb", mine)) == shown(bare("mariadb", theirs[i])));
    }
  }
  CHECK(compared > count / 2);
}

TEST_CASE("sqlite3_complete() calls each of our pieces complete, and none of them earlier") {
  void* const library = dlopen("libsqlite3.so.0", RTLD_NOW | RTLD_LOCAL);
  REQUIRE(library != nullptr);
  auto* const complete = reinterpret_cast<int (*)(char const*)>(dlsym(library, "sqlite3_complete"));
  REQUIRE((complete != nullptr));
  Scripts scripts{"sqlite", seed()};
  auto const count = setting("VM_TEST_SPLIT_SCRIPTS", 4000);
  std::size_t cut = 0;
  for (std::size_t i = 0; i < count; ++i) {
    auto const script = scripts.next();
    CAPTURE(script);
    auto const mine = ours("sqlite", script);
    if (!mine) {
      CHECK(complete((script + "\n;").c_str()) == 0);
      continue;
    }
    ++cut;
    for (auto const& piece : *mine) {
      CAPTURE(piece);
      CHECK(complete((piece + "\n;").c_str()) == 1);
      for (auto at = piece.find(';'); at != std::string::npos; at = piece.find(';', at + 1))
        CHECK(complete(piece.substr(0, at + 1).c_str()) == 0);
    }
  }
  CHECK(cut > count / 2);
}

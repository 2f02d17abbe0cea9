#include "engine/core/error.hpp"
#include "engine/dialect/registry.hpp"
#include "engine/sql/split.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <dlfcn.h>
#include <random>

using namespace vm;

namespace {

std::vector<std::string> parts(std::string_view dialect, std::string_view script) {
  auto const made = dialect::backend_for(dialect).dialect(nullptr, {});
  std::vector<std::string> texts;
  for (auto const& piece : sql::split(script, made->capabilities())) texts.push_back(piece.text);
  return texts;
}

using Texts = std::vector<std::string>;

} // namespace

TEST_CASE("a script is cut at the semicolons between statements only") {
  struct {
    char const* dialect;
    char const* script;
    Texts expected;
  } const cases[] = {
      {"sqlite", "", {}},
      {"sqlite", " ;; -- nothing\n; /* at all */ ", {}},
      {"sqlite", "SELECT 1", {"SELECT 1"}},
      {"sqlite", "SELECT 1; SELECT 2;", {"SELECT 1", "SELECT 2"}},
      {"sqlite",
       "-- first\nSELECT ';' -- ; not here\n, 'it''s;'; SELECT [a;b], `c;d`, \"e;f\"",
       {"SELECT ';' -- ; not here\n, 'it''s;'", "SELECT [a;b], `c;d`, \"e;f\""}},
      {"sqlite",
       "CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE b SET x = CASE WHEN y THEN 1 ELSE 2 END; DELETE FROM c; END; "
       "SELECT 1",
       {"CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE b SET x = CASE WHEN y THEN 1 ELSE 2 END; DELETE FROM c; END",
        "SELECT 1"}},
      {"sqlite", "BEGIN; SELECT 1; END;", {"BEGIN", "SELECT 1", "END"}},
      {"sqlite",
       "CREATE TEMP TRIGGER t BEFORE UPDATE ON a BEGIN SELECT end FROM x; END",
       {"CREATE TEMP TRIGGER t BEFORE UPDATE ON a BEGIN SELECT end FROM x; END"}},
      {"postgresql",
       "CREATE FUNCTION f() RETURNS int AS $$ BEGIN; RETURN 1; END; $$ LANGUAGE plpgsql; SELECT 1",
       {"CREATE FUNCTION f() RETURNS int AS $$ BEGIN; RETURN 1; END; $$ LANGUAGE plpgsql", "SELECT 1"}},
      {"postgresql", "DO $a$ x; $b$; $a$; SELECT $1$;$2", {"DO $a$ x; $b$; $a$", "SELECT $1$", "$2"}},
      {"postgresql",
       "SELECT 1 /* a /* ; */ ; */; SELECT E'\\';'; SELECT U&'x;'",
       {"SELECT 1", "SELECT E'\\';'", "SELECT U&'x;'"}},
      {"postgresql",
       "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END; SELECT 3",
       {"CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END", "SELECT 3"}},
      {"postgresql", "SELECT 'a\\'; SELECT 2", {"SELECT 'a\\'", "SELECT 2"}},
      {"mariadb", "SELECT 'a\\';'; SELECT \"b;\"; # c;\nSELECT 2", {"SELECT 'a\\';'", "SELECT \"b;\"", "SELECT 2"}},
      {"mariadb",
       "DELIMITER //\nCREATE PROCEDURE p() BEGIN SELECT 1; END //\nDELIMITER ;\nCALL p();",
       {"CREATE PROCEDURE p() BEGIN SELECT 1; END", "CALL p()"}},
      {"mariadb",
       "CREATE PROCEDURE p(IN n INT) BEGIN IF n > 1 THEN SELECT IF(n, 1, 2); ELSEIF n = 0 THEN SELECT 0; END IF; WHILE "
       "n > 0 DO SET n = n - 1; "
       "END WHILE; l: LOOP LEAVE l; END LOOP; REPEAT SET n = 1; UNTIL n END REPEAT; CASE n WHEN 1 THEN SELECT "
       "REPEAT('a', 2); END CASE; END; "
       "SELECT 1",
       {"CREATE PROCEDURE p(IN n INT) BEGIN IF n > 1 THEN SELECT IF(n, 1, 2); ELSEIF n = 0 THEN SELECT 0; END IF; "
        "WHILE n > 0 DO SET n = n - 1; "
        "END WHILE; l: LOOP LEAVE l; END LOOP; REPEAT SET n = 1; UNTIL n END REPEAT; CASE n WHEN 1 THEN SELECT "
        "REPEAT('a', 2); END CASE; END",
        "SELECT 1"}},
      {"mariadb",
       "CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW SET NEW.x = 1; SELECT 1",
       {"CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW SET NEW.x = 1", "SELECT 1"}},
      {"mariadb",
       "CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW IF NEW.x IS NULL THEN SET NEW.x = 1; END IF; SELECT 1",
       {"CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW IF NEW.x IS NULL THEN SET NEW.x = 1; END IF", "SELECT 1"}},
      {"mariadb",
       "CREATE FUNCTION IF NOT EXISTS f(n INT) RETURNS INT DETERMINISTIC RETURN n + 1; SELECT 1",
       {"CREATE FUNCTION IF NOT EXISTS f(n INT) RETURNS INT DETERMINISTIC RETURN n + 1", "SELECT 1"}},
      {"mariadb",
       "CREATE TABLE IF NOT EXISTS t (a INT); BEGIN; COMMIT",
       {"CREATE TABLE IF NOT EXISTS t (a INT)", "BEGIN", "COMMIT"}},
      {"mariadb",
       "BEGIN NOT ATOMIC SELECT 1; SELECT 2; END; SELECT 3",
       {"BEGIN NOT ATOMIC SELECT 1; SELECT 2; END", "SELECT 3"}},
      {"mariadb", "/*!50003 SELECT 1; */; SELECT 2", {"/*!50003 SELECT 1; */", "SELECT 2"}},
      {"mariadb",
       "DELIMITER $$\nCREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW BEGIN SET NEW.x = '$$'; END$$\ndelimiter "
       ";\nSELECT 1",
       {"CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW BEGIN SET NEW.x = '$$'; END", "SELECT 1"}},
      {"mariadb", "DELIMITER ;;\nSELECT 1; SELECT 2;;\nDELIMITER ;\nSELECT 3;", {"SELECT 1; SELECT 2", "SELECT 3"}},
      {"mariadb",
       "CREATE PROCEDURE p() BEGIN DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; END; SELECT CASE WHEN a THEN "
       "IF(b, "
       "1, 2) ELSE IF(c, 3, 4) END FROM t; IF NOT EXISTS (SELECT 1) THEN BEGIN END; ELSE IF a THEN SELECT 1; END IF; "
       "END IF; "
       "END; SELECT 1",
       {"CREATE PROCEDURE p() BEGIN DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; END; SELECT CASE WHEN a THEN "
        "IF(b, 1, 2) ELSE IF(c, 3, 4) END FROM t; IF NOT EXISTS (SELECT 1) THEN BEGIN END; ELSE IF a THEN SELECT 1; "
        "END IF; "
        "END IF; END",
        "SELECT 1"}},
      {"mariadb",
       "CREATE PROCEDURE p() BEGIN DECLARE c CURSOR FOR SELECT `begin` FROM t; FOR r IN (SELECT 1) DO SELECT 1; END "
       "FOR; END; "
       "SELECT 1",
       {"CREATE PROCEDURE p() BEGIN DECLARE c CURSOR FOR SELECT `begin` FROM t; FOR r IN (SELECT 1) DO SELECT 1; END "
        "FOR; END",
        "SELECT 1"}},
      {"mariadb",
       "CREATE DEFINER=`a`@`%` EVENT IF NOT EXISTS e ON SCHEDULE EVERY 1 DAY DO BEGIN SELECT 1; SELECT 2; END; SELECT "
       "1",
       {"CREATE DEFINER=`a`@`%` EVENT IF NOT EXISTS e ON SCHEDULE EVERY 1 DAY DO BEGIN SELECT 1; SELECT 2; END",
        "SELECT 1"}},
      {"mariadb",
       "CREATE TABLE t (a INT); ALTER TABLE t ADD COLUMN begin INT; SELECT 1",
       {"CREATE TABLE t (a INT)", "ALTER TABLE t ADD COLUMN begin INT", "SELECT 1"}},
      {"mariadb", "IF 1 THEN SELECT 1; END IF; SELECT 2", {"IF 1 THEN SELECT 1; END IF", "SELECT 2"}},
      {"mariadb", "SELECT 1--1; SELECT 2 -- ; x\n", {"SELECT 1--1", "SELECT 2"}},
      {"postgresql",
       "CREATE RULE r AS ON INSERT TO t DO ALSO (DELETE FROM a; DELETE FROM b); SELECT 1",
       {"CREATE RULE r AS ON INSERT TO t DO ALSO (DELETE FROM a; DELETE FROM b)", "SELECT 1"}},
      {"postgresql",
       "BEGIN; SELECT 1; END; SELECT a$b$c, 'x$$;'",
       {"BEGIN", "SELECT 1", "END", "SELECT a$b$c, 'x$$;'"}},
      {"postgresql",
       "CREATE FUNCTION f(begin int, \"end\" int) RETURNS int AS $$ x $$ LANGUAGE sql; SELECT 1; SELECT 2",
       {"CREATE FUNCTION f(begin int, \"end\" int) RETURNS int AS $$ x $$ LANGUAGE sql", "SELECT 1", "SELECT 2"}},
      {"postgresql",
       "CREATE TRIGGER begin BEFORE INSERT ON t EXECUTE FUNCTION begin(); SELECT 1",
       {"CREATE TRIGGER begin BEFORE INSERT ON t EXECUTE FUNCTION begin()", "SELECT 1"}},
      {"postgresql",
       "SELECT E'a'\n  'b\\';c'; SELECT E'a' -- ' ;\n -- ;\n'\\';'; SELECT 'a'\n'b\\'; SELECT E'a' /* \n */ 'b\\'; "
       "SELECT 2",
       {"SELECT E'a'\n  'b\\';c'", "SELECT E'a' -- ' ;\n -- ;\n'\\';'", "SELECT 'a'\n'b\\'",
        "SELECT E'a' /* \n */ 'b\\'", "SELECT 2"}},
      {"postgresql", "SELECT 1$$;$$; SELECT a1$$; SELECT 2", {"SELECT 1$$;$$", "SELECT a1$$", "SELECT 2"}},
      {"postgresql", "-- one\rSELECT 1; -- two;\rSELECT 2", {"SELECT 1", "SELECT 2"}},
      {"mariadb", "-- one\rSELECT 1;\nSELECT 2", {"SELECT 2"}},
      {"sqlite", "-- one\rSELECT 1;\nSELECT 2", {"SELECT 2"}},
      {"sqlite", "\xEF\xBB\xBFSELECT 1;\r\nSELECT 2;\r\n", {"SELECT 1", "SELECT 2"}},
  };
  for (auto const& each : cases) {
    CAPTURE(each.dialect);
    CAPTURE(each.script);
    CHECK(parts(each.dialect, each.script) == each.expected);
  }
}

TEST_CASE("each piece knows its line and offset") {
  auto const made = dialect::backend_for("sqlite").dialect(nullptr, {});
  std::string const script = "-- one\n\nSELECT\n1;\n  SELECT 2;";
  auto const pieces = sql::split(script, made->capabilities());
  REQUIRE(pieces.size() == 2);
  CHECK(pieces[0].line == 3);
  CHECK(pieces[1].line == 5);
  CHECK(script.substr(pieces[1].offset, 8) == "SELECT 2");
}

TEST_CASE("COPY FROM stdin takes its data along, whatever it holds") {
  auto const made = dialect::backend_for("postgresql").dialect(nullptr, {});
  auto const pieces =
      sql::split("COPY t (a, b) FROM stdin;\n1\tit's; $$\n\\N\t\\\\.\n\\.\nSELECT 1;", made->capabilities());
  REQUIRE(pieces.size() == 2);
  CHECK(pieces[0].is_copy);
  CHECK(pieces[0].text == "COPY t (a, b) FROM stdin");
  CHECK(pieces[0].copy_data == "1\tit's; $$\n\\N\t\\\\.\n");
  CHECK(pieces[1].text == "SELECT 1");
  CHECK_FALSE(pieces[1].is_copy);
}

TEST_CASE("what is not closed is named with the line it begins on") {
  struct {
    char const* dialect;
    char const* script;
    char const* message;
  } const cases[] = {
      {"sqlite", "SELECT 1;\nSELECT 'a", "the string that begins on line 2 is not closed"},
      {"sqlite", "SELECT \"a", "the quoted name that begins on line 1 is not closed"},
      {"sqlite", "CREATE TRIGGER t AFTER INSERT ON a\nBEGIN SELECT 1;", "the body that begins on line 2 has no END"},
      {"postgresql", "\n/* a /* b */", "the comment that begins on line 2 is not closed"},
      {"postgresql", "DO $x$ a $$", "the dollar-quoted string that begins on line 1 is not closed"},
      {"postgresql", "COPY t FROM stdin;\n1\n", "the data of COPY on line 1 has no end"},
      {"postgresql", "COPY t FROM stdin", "the data of COPY on line 1 has no end"},
      {"postgresql", "COPY t FROM stdin; SELECT 1;\n\\.\n",
       "line 1 goes on after COPY … FROM stdin, whose data begins on the next line"},
      {"postgresql", "SELECT 1;\n\\d t", "'\\d t' on line 2 is a command of psql, not SQL"},
      {"mariadb", "DELIMITER \nx", "DELIMITER on line 1 names no delimiter"},
  };
  for (auto const& each : cases) {
    CAPTURE(each.script);
    CHECK_THROWS_WITH_AS(parts(each.dialect, each.script), each.message, UsageError);
  }
}

TEST_CASE("SQLite's own idea of a complete statement is ours") {
  void* const library = dlopen("libsqlite3.so.0", RTLD_NOW | RTLD_LOCAL);
  REQUIRE(library != nullptr);
  auto* const complete = reinterpret_cast<int (*)(char const*)>(dlsym(library, "sqlite3_complete"));
  REQUIRE((complete != nullptr));
  std::mt19937 random{20261122};
  char const* const words[] = {"CREATE", "TEMP",    "TRIGGER", "EXPLAIN", "BEGIN",   "END",    ";",    ";",
                               ";",      "; END ;", "SELECT",  "CASE",    "'a;''b'", "\"c;\"", "[d;]", "`e;`",
                               "'",      "/*;*/",   "/*",      "-- ;\n",  "\n",      "x1",     "(",    ")"};
  int split_scripts = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string script;
    for (std::size_t i = 0, count = 1 + random() % 14; i < count; ++i)
      script += std::string{words[random() % std::size(words)]} + " ";
    CAPTURE(script);
    Texts pieces;
    try {
      pieces = parts("sqlite", script);
    } catch (UsageError const&) {
      CHECK(complete((script + "\n;").c_str()) == 0);
      continue;
    }
    ++split_scripts;
    for (auto const& piece : pieces) {
      CAPTURE(piece);
      CHECK(complete((piece + "\n;").c_str()) == 1);
      // … and not before its end.
      for (auto at = piece.find(';'); at != std::string::npos; at = piece.find(';', at + 1))
        CHECK(complete(piece.substr(0, at + 1).c_str()) == 0);
    }
  }
  CHECK(split_scripts > 5000);
}

TEST_CASE("nothing but white space, comments and semicolons is lost between the pieces") {
  std::mt19937 random{20261123};
  char const* const words[] = {"SELECT", ";", "'a;b'", "\"c\"", "--x\n", "/*y*/", "1", "(", ")", "\n", "x.y", "-", "/"};
  for (char const* dialect : {"sqlite", "postgresql", "mariadb"}) {
    auto const made = dialect::backend_for(dialect).dialect(nullptr, {});
    for (int round = 0; round < 3000; ++round) {
      std::string script;
      for (int i = 0; i < 20; ++i) script += std::string{words[random() % std::size(words)]} + " ";
      CAPTURE(script);
      std::size_t end = 0;
      auto const is_nothing = [&](std::string_view gap) { return parts(dialect, gap).empty(); };
      for (auto const& piece : sql::split(script, made->capabilities())) {
        REQUIRE(script.substr(piece.offset, piece.text.size()) == piece.text);
        CHECK(is_nothing(std::string_view{script}.substr(end, piece.offset - end)));
        CHECK(piece.line ==
              1 + std::count(script.begin(), script.begin() + static_cast<std::ptrdiff_t>(piece.offset), '\n'));
        end = piece.offset + piece.text.size();
      }
      CHECK(is_nothing(std::string_view{script}.substr(end)));
    }
  }
}

TEST_CASE("splitting what was split changes nothing") {
  std::mt19937 random{20261121};
  char const* const words[] = {"SELECT", ";",      "'a;b'",   "\"c\"", "--x\n", "/*y*/", "BEGIN", "END",
                               "CASE",   "CREATE", "TRIGGER", "\n",    " ",     "1",     "IF",    "$$;$$"};
  for (char const* dialect : {"sqlite", "postgresql", "mariadb"}) {
    for (int round = 0; round < 3000; ++round) {
      std::string script;
      for (int i = 0; i < 12; ++i) script += std::string{words[random() % std::size(words)]} + " ";
      CAPTURE(script);
      try {
        for (auto const& part : parts(dialect, script)) CHECK(parts(dialect, part) == Texts{part});
      } catch (UsageError const&) {
        // an open body or string: refusing is an answer
      }
    }
  }
}

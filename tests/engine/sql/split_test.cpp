#include "engine/core/error.hpp"
#include "engine/dialect/registry.hpp"
#include "engine/sql/split.hpp"

#include <doctest/doctest.h>

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
      {"postgresql", "SELECT 1;\n\\d t", "'\\d t' on line 2 is a command of psql, not SQL"},
      {"mariadb", "DELIMITER \nx", "DELIMITER on line 1 names no delimiter"},
  };
  for (auto const& each : cases) {
    CAPTURE(each.script);
    CHECK_THROWS_WITH_AS(parts(each.dialect, each.script), each.message, UsageError);
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

#include "engine/cli/arguments.hpp"
#include "engine/cli/terminal.hpp"
#include "engine/core/error.hpp"

#include <doctest/doctest.h>

using vm::UsageError;
using vm::cli::Arguments;
using vm::cli::parse_duration;
using Need = Arguments::Need;

namespace {

// A command with one option of each kind.
struct Fixture {
  Arguments arguments{"vm upgrade"};
  bool verbose = false;
  std::string message;
  std::optional<std::string> range, target;
  std::vector<std::string> values;
  std::optional<double> timeout;
  std::string color = "auto";

  Fixture() {
    arguments.positional("TARGET", target, Need::optional, "where to");
    arguments.flag("-v,--verbose", verbose, "more");
    arguments.option("-m,--message", "TEXT", message, "what for");
    arguments.option("-r,--rev-range", "A:B", range, "from to");
    arguments.option("-x", "KEY=VALUE", values, "for scripts");
    arguments.duration("--lock-timeout", timeout, "how long");
    arguments.choice("--color", {"auto", "always", "never"}, color, "colours");
  }

  std::string error_of(std::vector<std::string> const& given) {
    try {
      arguments.parse(given);
    } catch (UsageError const& error) {
      return error.message() + (error.hints().empty() ? "" : " | " + error.hints().front().text);
    }
    return "no error";
  }
};

} // namespace

TEST_CASE("relative revisions are values wherever they stand") {
  struct Row {
    std::vector<std::string> given;
    std::string target, range;
  };
  std::vector<Row> const rows = {
      {{"-1"}, "-1", ""},
      {{"-12", "-v"}, "-12", ""},
      {{"+1"}, "+1", ""},
      {{"-v", "-1"}, "-1", ""},
      {{"--", "-1"}, "-1", ""},
      {{"-r-3:head"}, "", "-3:head"},
      {{"-r", "-3:head"}, "", "-3:head"},
      {{"--rev-range=-3:head"}, "", "-3:head"},
      {{"--rev-range", "-3:"}, "", "-3:"},
      {{"-r", ":head", "shop@-1"}, "shop@-1", ":head"},
  };
  for (auto const& row : rows) {
    CAPTURE(row.given.front());
    Fixture fixture;
    fixture.arguments.parse(row.given);
    CHECK(fixture.target.value_or("") == row.target);
    CHECK(fixture.range.value_or("") == row.range);
  }
}

TEST_CASE("a message keeps every printable character") {
  std::string every;
  for (char c = ' '; c <= '~'; ++c) every += c;
  for (auto const& message : {every, std::string{"{}"}, std::string{"[a,b]"}, std::string{"%%"}, std::string{"-1 day"},
                              std::string{""}, std::string{"ümläut 漢字"}, std::string{"two\nlines"}}) {
    CAPTURE(message);
    Fixture fixture;
    fixture.arguments.parse({"-m", message, "head"});
    CHECK(fixture.message == message);
    CHECK(fixture.target == "head");
    Fixture attached;
    attached.arguments.parse({"--message=" + message});
    CHECK(attached.message == message);
  }
}

TEST_CASE("an option given twice takes the last value, a list takes them all") {
  Fixture fixture;
  fixture.arguments.parse({"-m", "a", "-x", "a=1", "-v", "-x", "b=[x,y]", "-m", "b", "-v", "-xc", "head"});
  CHECK(fixture.message == "b");
  CHECK(fixture.values == std::vector<std::string>{"a=1", "b=[x,y]", "c"});
  CHECK(fixture.verbose);
  CHECK(fixture.target == "head");
}

TEST_CASE("what is wrong with a command line is said with the way out") {
  CHECK(Fixture{}.error_of({"--verbos"}) == "unknown option '--verbos' | did you mean '--verbose'?");
  CHECK(Fixture{}.error_of({"--mesage=x"}) == "unknown option '--mesage' | did you mean '--message'?");
  CHECK(Fixture{}.error_of({"--zzzzzzzzzzzz"}) ==
        "unknown option '--zzzzzzzzzzzz' | 'vm upgrade --help' lists the options");
  CHECK(Fixture{}.error_of({"-z"}) == "unknown option '-z' | 'vm upgrade --help' lists the options");
  CHECK(Fixture{}.error_of({"a", "b"}) == "unexpected argument 'b' | usage: vm upgrade [OPTIONS] [TARGET]");
  CHECK(Fixture{}.error_of({"--message"}) == "option '--message' needs a value | usage: vm upgrade [OPTIONS] [TARGET]");
  CHECK(Fixture{}.error_of({"--color", "red"}) == "--color does not take 'red' | it takes 'auto', 'always', 'never'");
  CHECK(Fixture{}.error_of({"--lock-timeout", "soon"}) ==
        "--lock-timeout does not take 'soon' | a time is '30', '30s', '500ms', '2m' or '1h'");
}

TEST_CASE("a required argument that is missing is named") {
  Arguments arguments{"vm stamp"};
  std::vector<std::string> targets;
  arguments.positional("TARGETS", targets, Need::required, "what");
  CHECK_THROWS_WITH_AS(arguments.parse({}), "'vm stamp' needs TARGETS", UsageError);
  arguments.parse({"a", "-1", "b"});
  CHECK(targets == std::vector<std::string>{"a", "-1", "b"});
}

TEST_CASE("durations") {
  CHECK(parse_duration("30", "--wait") == 30);
  CHECK(parse_duration("30s", "--wait") == 30);
  CHECK(parse_duration("500ms", "--wait") == 0.5);
  CHECK(parse_duration("2m", "--wait") == 120);
  CHECK(parse_duration("1.5h", "--wait") == 5400);
  CHECK(parse_duration("0", "--wait") == 0);
  for (auto const* wrong : {"", "s", "-1", "1d", "1 s", "nan", "inf", "1e999", "999999h", "1ss"}) {
    CAPTURE(wrong);
    CHECK_THROWS_AS(parse_duration(wrong, "--wait"), UsageError);
  }
}

TEST_CASE("help names arguments, options by section, and examples") {
  Arguments arguments{"vm stamp"};
  std::vector<std::string> targets;
  bool purge = false, json = false;
  arguments.positional("TARGETS", targets, Need::required, "what the database is said to be at");
  arguments.flag("--purge", purge, "empty the version table first");
  arguments.section("everywhere");
  arguments.flag("--json", json, "print the result as JSON");
  arguments.example("vm stamp head", "mark everything as applied");
  CHECK(arguments.help("say what the database is at", vm::cli::Style{}) ==
        "say what the database is at\n"
        "\n"
        "usage: vm stamp [OPTIONS] TARGETS...\n"
        "\n"
        "arguments:\n"
        "  TARGETS                         what the database is said to be at\n"
        "\n"
        "options:\n"
        "      --purge                     empty the version table first\n"
        "\n"
        "everywhere:\n"
        "      --json                      print the result as JSON\n"
        "\n"
        "examples:\n"
        "  vm stamp head                   mark everything as applied\n");
}

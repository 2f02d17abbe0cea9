// The project of migrations/tour, which people read and copy, on every database: online, back again, and as printed SQL
// through the databases' own clients.
#include "tests/support/databases.hpp"
#include "tests/support/places.hpp"
#include "tests/support/temp_project.hpp"

#include <doctest/doctest.h>

using namespace vm;
using namespace vm::test;

namespace {

Finished tour(TestDatabase const& database, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {test::binary_file(), "-u", url_text(database.url()), "run"});
  return run({std::move(arguments), test::source_folder()});
}

// Rows as lines of cells. Decimals lose trailing zeros, which SQLite does not keep.
std::vector<std::string> lines(TestDatabase const& database, std::string_view query) {
  std::vector<std::string> found;
  for (auto const& row : database.connect()->all(query)) {
    std::string line;
    for (auto const& cell : row) {
      if (!line.empty()) line += '|';
      if (auto const* text = std::get_if<std::string>(&cell)) line += *text;
      if (auto const* number = std::get_if<std::int64_t>(&cell)) line += std::to_string(*number);
      if (auto const* number = std::get_if<double>(&cell)) line += fmt::format("{}", *number);
      if (auto const* decimal = std::get_if<Decimal>(&cell)) {
        auto text = decimal->text;
        if (text.find('.') != text.npos) {
          text.erase(text.find_last_not_of('0') + 1);
          if (text.ends_with('.')) text.pop_back();
        }
        line += text;
      }
    }
    found.push_back(line);
  }
  return found;
}

using Lines = std::vector<std::string>;
constexpr auto versions = "SELECT version_num FROM vm_version ORDER BY version_num";
constexpr auto balances = "SELECT id, status, balance FROM loans ORDER BY id";
Lines const expected_balances{"1|open|11000", "2|repaid|0", "3|open|4999.98"};

// The database's own client, reading a script and stopping at the first error.
Finished client(TestDatabase const& database, std::string const& script) {
  auto const& url = database.url();
  std::vector<std::string> command{"/usr/bin/env"};
  std::map<std::string, std::string> variables;
  if (url.dialect == "sqlite") {
    command.insert(command.end(), {"sqlite3", "-bail", url.database});
  } else if (url.dialect == "postgresql") {
    command.insert(command.end(), {"psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", url_text(url)});
  } else {
    command.insert(command.end(), {"mariadb", "--no-defaults", "-h", url.host, "-P",
                                   std::to_string(url.port.value_or(3306)), "-u", url.user, url.database});
    if (url.password) variables["MYSQL_PWD"] = *url.password;
  }
  return run({command, "/", variables, script});
}

} // namespace

TEST_CASE("the tour goes to its head, down to base and up again") {
  on_every_database([](TestDatabase const& database) {
    for (auto const* target : {"head", "base", "head"}) {
      bool const down = std::string_view{target} == "base";
      auto const done = tour(database, {down ? "downgrade" : "upgrade", target});
      CAPTURE(done.err);
      REQUIRE(done.exit_code == 0);
      CHECK(lines(database, versions) == (down ? Lines{} : Lines{"006_balance"}));
    }
    CHECK(lines(database, "SELECT display_name, phone_e164, email FROM customers ORDER BY id") ==
          Lines{"Ada Lovelace|+442079460018|ada@example.org", "Grace Hopper|+12025550123|grace@example.com",
                "Jean-Luc D'Arcy|+33199001234|jl@example.net", "Zoë Ångström||zoe@example.org"});
    CHECK(lines(database, balances) == expected_balances);
    auto const checked = tour(database, {"check"});
    CAPTURE(checked.err);
    CHECK(checked.exit_code == 0);
    CHECK(checked.out == "no differences\n");
  });
}

TEST_CASE("the tour's operation of its own records changes") {
  on_every_database([](TestDatabase const& database) {
    REQUIRE(tour(database, {"upgrade", "payments@head"}).exit_code == 0);
    auto const session = database.connect();
    session->execute("UPDATE payments SET amount = 2.5 WHERE id = 4");
    session->execute("UPDATE payments SET amount = 2.5 WHERE id = 4");
    CHECK(session->scalar("SELECT count(*) FROM payments_changes WHERE row_id = 4") == Value{std::int64_t{1}});
  });
}

TEST_CASE("the tour takes a column that somebody added by hand as it finds it") {
  on_every_database([](TestDatabase const& database) {
    REQUIRE(tour(database, {"upgrade", "004_merge"}).exit_code == 0);
    database.connect()->execute("ALTER TABLE customers ADD COLUMN notes VARCHAR(7)");
    auto const done = tour(database, {"upgrade", "head"});
    CAPTURE(done.err);
    CHECK(done.exit_code == 0);
    CHECK(lines(database, versions) == Lines{"006_balance"});
  });
}

TEST_CASE("the tour as printed SQL runs in the database's own client") {
  on_every_database([](TestDatabase const& database) {
    auto const script = tour(database, {"upgrade", "head", "--sql"});
    CAPTURE(script.err);
    REQUIRE(script.exit_code == 0);
    auto const ran = client(database, script.out);
    CAPTURE(ran.err);
    REQUIRE(ran.exit_code == 0);
    CHECK(lines(database, versions) == Lines{"006_balance"});
    CHECK(lines(database, balances) == expected_balances);
    CHECK(tour(database, {"current"}).out == "006_balance (head)\n");
  });
}

// A database of its own for one test, on each of the databases: SQLite in a temporary folder, the others on the servers
// that VM_TEST_POSTGRESQL_URL and VM_TEST_MYSQL_URL name. Dropped when the test ends.
#pragma once

#include "engine/core/database_url.hpp"
#include "engine/dialect/mysql/driver.hpp"
#include "engine/dialect/postgresql/driver.hpp"
#include "engine/dialect/sqlite/driver.hpp"
#include "tests/support/temp_folder.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unistd.h>

namespace doctest {

template<>
struct StringMaker<vm::Value> {
  static String convert(vm::Value const& value) {
    struct Printer {
      std::string operator()(vm::Null) const { return "NULL"; }
      std::string operator()(bool flag) const { return flag ? "true" : "false"; }
      std::string operator()(std::int64_t number) const { return std::to_string(number); }
      std::string operator()(double number) const { return fmt::format("{} (double)", number); }
      std::string operator()(std::string const& text) const { return fmt::format("\"{}\"", text); }
      std::string operator()(vm::Decimal const& decimal) const { return decimal.text + " (decimal)"; }
      std::string operator()(vm::Bytes const& bytes) const { return fmt::format("{} bytes", bytes.data.size()); }
      std::string operator()(vm::Array const& array) const { return fmt::format("array of {}", array.elements.size()); }
    };
    return std::visit(Printer{}, value).c_str();
  }
};

template<>
struct StringMaker<std::optional<vm::Value>> {
  static String convert(std::optional<vm::Value> const& value) {
    return value ? StringMaker<vm::Value>::convert(*value) : String{"no row"};
  }
};

} // namespace doctest

namespace vm::test {

inline std::unique_ptr<db::Session> connect_to(DatabaseUrl const& url, db::ConnectOptions const& options = {}) {
  if (url.dialect == "sqlite") return dialect::sqlite::connect(url, options);
  if (url.dialect == "postgresql") return dialect::postgresql::connect(url, options);
  return dialect::mysql::connect(url, options);
}

class TestDatabase {
 public:
  /// "sqlite", "postgresql" or "mysql" (the MariaDB server). Null when the server is not there: said with a message,
  /// and a failure where VM_TEST_REQUIRE_SERVERS=1 demands it.
  static std::unique_ptr<TestDatabase> make(std::string_view dialect) {
    if (dialect == "sqlite") {
      DatabaseUrl url;
      url.dialect = "sqlite";
      auto folder = std::make_unique<TempFolder>();
      url.database = (folder->path() / "test.db").native();
      return std::unique_ptr<TestDatabase>{new TestDatabase{url, std::nullopt, std::move(folder)}};
    }
    char const* const variable = dialect == "postgresql" ? "VM_TEST_POSTGRESQL_URL" : "VM_TEST_MYSQL_URL";
    char const* const text = std::getenv(variable);
    if (text == nullptr || *text == '\0') {
      char const* const required = std::getenv("VM_TEST_REQUIRE_SERVERS");
      if (required != nullptr && std::string_view{required} == "1")
        FAIL("no server: " << std::string{variable} << " is not set");
      MESSAGE("skipped on " << std::string{dialect} << ": " << std::string{variable} << " is not set");
      return nullptr;
    }
    auto const server = DatabaseUrl::parse(text);
    static std::atomic<unsigned> counter{0};
    auto url = server;
    url.database = fmt::format("vm_test_{}_{}", getpid(), ++counter);
    auto const session = connect_to(server);
    session->execute(fmt::format("DROP DATABASE IF EXISTS {}", url.database));
    session->execute(
        fmt::format("CREATE DATABASE {}{}", url.database, dialect == "mysql" ? " CHARACTER SET utf8mb4" : ""));
    return std::unique_ptr<TestDatabase>{new TestDatabase{url, server, nullptr}};
  }

  TestDatabase(TestDatabase const&) = delete;
  TestDatabase& operator=(TestDatabase const&) = delete;
  ~TestDatabase() {
    if (!server_) return;
    try {
      connect_to(*server_)->execute(
          fmt::format("DROP DATABASE {}{}", url_.database, url_.dialect == "postgresql" ? " WITH (FORCE)" : ""));
    } catch (Error const& error) {
      MESSAGE("the database " << url_.database << " is left over: " << error.what());
    }
  }

  DatabaseUrl const& url() const { return url_; }
  std::string const& dialect() const { return url_.dialect; }
  std::unique_ptr<db::Session> connect(db::ConnectOptions const& options = {}) const {
    return connect_to(url_, options);
  }

 private:
  TestDatabase(DatabaseUrl url, std::optional<DatabaseUrl> server, std::unique_ptr<TempFolder> folder)
      : url_{std::move(url)},
        server_{std::move(server)},
        folder_{std::move(folder)} {}

  DatabaseUrl url_;
  std::optional<DatabaseUrl> server_;
  std::unique_ptr<TempFolder> folder_;
};

/// Runs `body(database)` on each database that is there.
template<class Body>
void on_every_database(Body body) {
  for (std::string const dialect : {"sqlite", "postgresql", "mysql"}) {
    CAPTURE(dialect);
    if (auto const database = TestDatabase::make(dialect)) body(*database);
  }
}

} // namespace vm::test

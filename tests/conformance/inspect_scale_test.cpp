// An inspector asks once for each kind of thing, however many tables there are.
#include "engine/dialect/registry.hpp"
#include "tests/support/live_dialect.hpp"

#include <doctest/doctest.h>

#include <chrono>

using namespace vm;
using namespace vm::test;

namespace {

/// Hands everything on and counts what is asked.
class CountingSession final : public db::Session {
 public:
  explicit CountingSession(db::Session& session) : session_{session} {}
  db::ServerInfo const& server() const override { return session_.server(); }
  std::int64_t execute(std::string_view statement) override {
    ++asked;
    return session_.execute(statement);
  }
  std::int64_t execute(std::string_view statement, std::span<Value const> parameters) override {
    ++asked;
    return session_.execute(statement, parameters);
  }
  std::unique_ptr<db::Cursor> query(std::string_view statement, std::span<Value const> parameters) override {
    ++asked;
    return session_.query(statement, parameters);
  }
  std::int64_t copy_in(std::string_view statement, std::string_view data) override {
    return session_.copy_in(statement, data);
  }
  bool in_transaction() const override { return session_.in_transaction(); }
  bool is_alive() const override { return session_.is_alive(); }
  void set_lock_timeout(std::optional<double> seconds) override { session_.set_lock_timeout(seconds); }
  void set_statement_timeout(std::optional<double> seconds) override { session_.set_statement_timeout(seconds); }
  void cancel() noexcept override { session_.cancel(); }

  int asked = 0;

 private:
  db::Session& session_;
};

/// Makes tables from `first` up to `last`, each with all that a table can have on every database.
void make_tables(LiveDialect& live, int first, int last) {
  std::string const generated =
      live.dialect().name() == "postgresql" ? "GENERATED ALWAYS AS (a + 1) STORED" : "AS (a + 1)";
  for (int i = first; i < last; ++i) {
    live.run(
        fmt::format("CREATE TABLE t{0} (id INTEGER PRIMARY KEY, a INTEGER DEFAULT 1 CHECK (a > 0), b VARCHAR(20) NOT "
                    "NULL UNIQUE, c INTEGER {1}, parent INTEGER, CONSTRAINT fk{0} FOREIGN KEY (parent) REFERENCES "
                    "t{0} (id) ON DELETE CASCADE)",
                    i, generated));
    live.run(fmt::format("CREATE INDEX ix{0} ON t{0} (a, b)", i));
    live.run(fmt::format("CREATE VIEW v{0} AS SELECT id FROM t{0}", i));
  }
}

struct Reading {
  int asked;
  std::size_t tables, views;
};

Reading read_all(LiveDialect& live) {
  CountingSession counting{live.session()};
  std::string const name{live.dialect().name() == "mariadb" ? "mysql" : live.dialect().name()};
  auto const catalog = dialect::backend_for(name).inspector(counting)->read({});
  for (auto const& [table, read] : catalog.tables) {
    CHECK(read.columns.size() == 5);
    CHECK_FALSE(read.indexes.empty()); // MariaDB adds one for the foreign key
    CHECK(read.constraints.size() == 4);
  }
  return {counting.asked, catalog.tables.size(), catalog.views.size()};
}

} // namespace

TEST_CASE("reading a schema takes as many statements for 40 tables as for one") {
  on_every_database([](TestDatabase const& database) {
    LiveDialect live{database};
    make_tables(live, 0, 1);
    auto const one = read_all(live);
    make_tables(live, 1, 40);
    auto const forty = read_all(live);
    CHECK(one.tables == 1);
    CHECK(forty.tables == 40);
    CHECK(forty.views == 40);
    CHECK(one.asked == forty.asked);
    CHECK(forty.asked < 25);
    MESSAGE(database.dialect() << ": " << forty.asked << " statements");
  });
}

TEST_CASE("a schema of 2,000 tables is read in seconds on PostgreSQL") {
  auto const database = TestDatabase::make("postgresql");
  if (!database) return;
  LiveDialect live{*database};
  // Some at a time, since one transaction holds a lock for each.
  for (int i = 0; i < 2000; i += 250)
    live.run(
        fmt::format("DO $$ BEGIN FOR i IN {}..{} LOOP EXECUTE format('CREATE TABLE t%1$s (id bigserial PRIMARY KEY, a "
                    "integer DEFAULT 1 CHECK (a > 0), b varchar(20) NOT NULL, c timestamptz DEFAULT now(), d "
                    "numeric(12, 2), e text, f bigint REFERENCES t%1$s (id)); CREATE INDEX ix%1$s ON t%1$s (b) WHERE "
                    "a > 1', i); END LOOP; END $$",
                    i, i + 249));
  auto const start = std::chrono::steady_clock::now();
  auto const catalog = live.inspector().read({});
  auto const seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  CHECK(catalog.tables.size() == 2000);
  MESSAGE("2,000 tables in " << seconds << " s");
  CHECK(seconds < 8); // the aim is two with a release build; this one is not optimised and runs beside others
}

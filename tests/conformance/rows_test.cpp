// Many rows through a migration, with the real binary on every database: op.copy_from_csv, op.each_batch, and streams
// in constant memory. VM_TEST_STREAM_ROWS asks for more rows than 200,000.
#include "tests/support/databases.hpp"
#include "tests/support/temp_project.hpp"

#include <doctest/doctest.h>

using namespace vm;
using namespace vm::test;

namespace {

std::string text_of(TestDatabase const& database, std::string const& query) {
  std::string text;
  for (auto const& row : database.connect()->all(query)) {
    for (std::size_t i = 0; i < row.size(); ++i)
      text += (i == 0 ? "" : "|") + std::string{doctest::toString(row[i]).c_str()};
    text += "\n";
  }
  return text;
}

constexpr char const* people = R"lua(
  op.create_table("people", {
    sql.column("id", sql.bigint, { primary_key = true, autoincrement = false }),
    sql.column("name", sql.string(40), { nullable = false }),
    sql.column("balance", sql.numeric(20, 2)),
    sql.column("active", sql.boolean),
    sql.column("born", sql.date),
    sql.column("note", sql.text),
  })
)lua";

std::string copying(std::string const& call) {
  return "function upgrade()\n" + std::string{people} + "  local rows = " + call +
         "\n  log.info('copied ' .. rows)\nend";
}

} // namespace

TEST_CASE("a CSV file goes into a table with the types of its columns") {
  on_every_database([](TestDatabase const& database) {
    TempProject const project{url_text(database.url())};
    project.write("data/people.csv",
                  "\xef\xbb\xbfid,name,balance,active,born,note\r\n"
                  "9223372036854775807,\"O'Neil, \"\"Al\"\"\",12.30,true,2024-02-29,\"two\r\nlines \\N\"\r\n"
                  "\r\n"
                  "2,\"\",-0.01,no,,\xc3\xa9\r\n"
                  "3,\"NULL\",,1,1999-12-31,\"\"");
    project.migration("a1", "", copying("op.copy_from_csv('people', 'data/people.csv')"));
    auto const up = project.vm({"run", "upgrade", "head"});
    CAPTURE(up.err);
    REQUIRE(up.exit_code == 0);
    CHECK(contains(up.err, "copied 3"));
    CHECK(text_of(database, "SELECT id, name, balance, active FROM people ORDER BY id") ==
          "2|\"\"|-0.01 (decimal)|false\n3|\"NULL\"|NULL|true\n9223372036854775807|\"O'Neil, \"Al\"\"|" +
              std::string{database.dialect() == "sqlite" ? "12.3" : "12.30"} + " (decimal)|true\n");
    CHECK(text_of(database, "SELECT born, note FROM people ORDER BY id") ==
          "NULL|\"\xc3\xa9\"\n\"1999-12-31\"|\"\"\n\"2024-02-29\"|\"two\r\nlines \\N\"\n");
  });
}

TEST_CASE("a bad row of a CSV file is named with file, line and column, and nothing stays") {
  struct Bad {
    std::string text, message;
  };
  on_every_database([](TestDatabase const& database) {
    TempProject const project{url_text(database.url())};
    project.migration("a0", "", "function upgrade()\n" + std::string{people} + "end");
    REQUIRE(project.vm({"run", "upgrade", "head"}).exit_code == 0);
    project.migration("a1", "a0", "function upgrade()\n  op.copy_from_csv('people', 'data/p.csv')\nend");
    for (auto const& bad : std::vector<Bad>{
             {"id,name\n1,a\nx,b\n", "data/p.csv:3, column 'id': 'x' is no "},
             {"id,name\n1,a\n9223372036854775808,b\n", "'9223372036854775808' is no "},
             {"id,name,balance\n1,a,12,5\n", "data/p.csv:2: 4 fields, but there are 3 columns"},
             {"id,name,active\n1,a,maybe\n", "data/p.csv:2, column 'active': 'maybe' is no boolean"},
             {"id,name\n1,\"a\nb\n", "data/p.csv:2: a quoted field has no end"},
             {"id,nam\n1,a\n", "table 'people' has no column 'nam'"},
             {"id,id\n1,1\n", "data/p.csv:1: two columns are named 'id'"},
             {"id,name\n1,a\n2,\n", "data/p.csv:3"},
             {"id,name\n1,a\n2,b\n1,c\n", database.dialect() == "postgresql" ? "people_pkey" : "data/p.csv:4"},
             {"id,name\n1,\xff\n", "data/p.csv:2: field 2 is not valid UTF-8"},
         }) {
      project.write("data/p.csv", bad.text);
      auto const up = project.vm({"run", "upgrade", "head"});
      CAPTURE(bad.text);
      CAPTURE(up.err);
      CHECK(up.exit_code != 0);
      CHECK(contains(up.err, bad.message));
      CHECK(contains(up.err, "a1.lua:7"));
      CHECK(text_of(database, "SELECT count(*) FROM people") == "0\n");
    }
  });
}

TEST_CASE("--sql writes the rows of a CSV file, and refuses to read the database in batches") {
  on_every_database([](TestDatabase const& database) {
    TempProject const project{url_text(database.url())};
    project.write("data/p.csv", "1;'it''s'\n2;\n");
    project.migration("a1", "",
                      copying("op.copy_from_csv('people', 'data/p.csv', { columns = { 'id', 'name' }, delimiter = ';', "
                              "quote = \"'\", null = '-' })"));
    auto const sql = project.vm({"run", "upgrade", "head", "--sql"});
    CAPTURE(sql.out);
    CAPTURE(sql.err);
    CHECK(sql.exit_code == 0);
    CHECK(contains(sql.out, "VALUES (1, 'it''s'), (2, '')"));
    project.migration("a2", "a1", "function upgrade()\n  op.each_batch('SELECT id FROM people', function() end)\nend");
    auto const refused = project.vm({"run", "upgrade", "head", "--sql"});
    CHECK(refused.exit_code != 0);
    CHECK(contains(refused.err, "a2.lua:7"));
    CHECK(contains(refused.err, "the migration asks the database, which --sql does not have"));
  });
}

TEST_CASE("op.each_batch gives every row in lists of the asked size, and its function may write") {
  on_every_database([](TestDatabase const& database) {
    TempProject const project{url_text(database.url())};
    project.migration("a1", "", R"lua(
function upgrade()
  op.create_table("numbers", { sql.column("id", sql.bigint, { primary_key = true, autoincrement = false }), sql.column("twice", sql.bigint) })
  local rows = {}
  for i = 1, 2500 do rows[i] = { id = i } end
  op.bulk_insert("numbers", rows)
  local sizes = {}
  local total = op.each_batch("SELECT id FROM numbers WHERE id > :low ORDER BY id", { low = 100 }, { size = 1000 }, function(batch)
    sizes[#sizes + 1] = #batch
    for _, row in ipairs(batch) do op.update("numbers", { twice = row.id * 2 }, "id = :id", { id = row.id }) end
  end)
  assert(total == 2400 and table.concat(sizes, " ") == "1000 1000 400", table.concat(sizes, " "))
  assert(op.each_batch("SELECT id FROM numbers ORDER BY id", function(batch) return #batch < 1000 end) == 1000)
  assert(op.each_batch("SELECT id FROM numbers WHERE id < 0", function() error("no rows") end) == 0)
end)lua");
    auto const up = project.vm({"run", "upgrade", "head"});
    CAPTURE(up.err);
    REQUIRE(up.exit_code == 0);
    CHECK(text_of(database, "SELECT count(*), min(id), max(id) FROM numbers WHERE twice = id * 2") ==
          "2400|101|2500\n");
  });
}

TEST_CASE("reading many rows takes no more memory than reading few, also while the loop runs statements") {
  char const* const setting = std::getenv("VM_TEST_STREAM_ROWS");
  long const many = setting == nullptr ? 200'000 : std::strtol(setting, nullptr, 10);
  on_every_database([&](TestDatabase const& database) {
    auto const session = database.connect();
    session->execute("CREATE TABLE few (id BIGINT PRIMARY KEY, data VARCHAR(500), twice BIGINT)");
    session->execute("CREATE TABLE many (id BIGINT PRIMARY KEY, data VARCHAR(500), twice BIGINT)");
    auto const fill = [&](std::string const& table, long rows) {
      auto const word = std::string(400, 'x');
      auto const insert = fmt::format("INSERT INTO {} (id, data) ", table);
      if (database.dialect() == "sqlite")
        session->execute(fmt::format(
            "{}WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {}) SELECT i, '{}' FROM n",
            insert, rows, word));
      else if (database.dialect() == "postgresql")
        session->execute(fmt::format("{}SELECT i, '{}' FROM generate_series(1, {}) AS n(i)", insert, word, rows));
      else
        session->execute(fmt::format("{}SELECT seq, '{}' FROM seq_1_to_{}", insert, word, rows));
    };
    fill("few", 1000);
    fill("many", many);
    TempProject const project{url_text(database.url())};
    auto const reading = [](std::string const& table) {
      return "function upgrade()\n  local db, count = op.get_bind(), 0\n  for row in db:rows('SELECT id, data FROM " +
             table +
             "') do\n    count = count + 1\n    if count % 100 == 0 then db:execute('UPDATE few SET twice = :n WHERE "
             "id = :id', "
             "{ n = count, id = count / 100 % 1000 }) end\n  end\n  log.info('read ' .. count)\n  local batches = 0\n"
             "  op.each_batch('SELECT id, data FROM " +
             table +
             "', function(rows) batches = batches + #rows end)\n"
             "  assert(batches == count)\nend";
    };
    auto const peak = [&](std::string const& revision) {
      auto start = project.start({"run", "upgrade", revision});
      start.command.insert(start.command.begin(), {"/usr/bin/time", "-f", "peak %M"});
      auto const done = run(start, std::chrono::seconds{600});
      CAPTURE(done.err);
      REQUIRE(done.exit_code == 0);
      return std::strtol(done.err.c_str() + done.err.rfind("peak ") + 5, nullptr, 10);
    };
    project.migration("a1", "", reading("few"));
    auto const small = peak("a1");
    project.migration("a2", "a1", reading("many"));
    auto const large = peak("a2");
    CAPTURE(small);
    CAPTURE(large);
    CHECK(large < small + 16 * 1024);
    CHECK(large < 64 * 1024);
  });
}

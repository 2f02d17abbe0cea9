// op.backfill with the real binary on every database: what it changes, what it leaves, what it refuses.
#include "tests/support/backfill_project.hpp"

#include <doctest/doctest.h>

using namespace vm;
using namespace vm::test;

TEST_CASE("a row function changes what it returns and leaves the rows it returns nil for") {
  on_every_database([](TestDatabase const& database) {
    BackfillProject const project{database, 2500};
    auto const up = project.backfill(R"lua(
function change(row)
  if row.id % 10 == 0 then return nil end
  if row.id % 10 == 1 then return { n = sql.null } end
  if row.id % 10 == 2 then return { result = row.name .. "!" } end
  return { result = row.name:upper(), n = row.n + 1 }
end
function upgrade()
  op.backfill("items", { columns = { "name", "n" }, batch_size = 300 }, change)
end
function downgrade() end)lua");
    CAPTURE(up.err);
    REQUIRE(up.exit_code == 0);
    CHECK(contains(up.err, "Backfilled 'items': 2,500 rows, 2,250 changed"));
    CHECK(project.scalar("SELECT count(*) FROM items WHERE id % 10 = 0 AND result IS NULL AND n = 0") == "250");
    CHECK(project.scalar("SELECT count(*) FROM items WHERE id % 10 = 1 AND result IS NULL AND n IS NULL") == "250");
    CHECK(project.scalar("SELECT count(*) FROM items WHERE id % 10 = 2 AND result = " + project.joined("name", "'!'") +
                         " AND n = 0") == "250");
    CHECK(project.scalar("SELECT count(*) FROM items WHERE id % 10 > 2 AND result = upper(name) AND n = 1") == "1750");
    CHECK_FALSE(project.has_table("vm_backfill"));
  });
}

TEST_CASE("a set-based backfill, a condition, and values that do not change") {
  on_every_database([](TestDatabase const& database) {
    BackfillProject const project{database, 1000};
    auto const up = project.backfill(R"lua(
function upgrade()
  op.backfill("items", { set = { result = sql.expr("upper(name)"), n = 7 }, where = "id > 500 -- half\n", batch_size = 64 })
  op.backfill("items", { set = { n = 7 }, where = "id > 500" })
  op.backfill("items", { columns = "n", where = "id > 500" }, function(row) return { n = row.n } end)
end
function downgrade() end)lua");
    CAPTURE(up.err);
    REQUIRE(up.exit_code == 0);
    CHECK(project.scalar("SELECT count(*) FROM items WHERE id > 500 AND result = upper(name) AND n = 7") == "500");
    CHECK(project.scalar("SELECT count(*) FROM items WHERE id <= 500 AND result IS NULL AND n = 0") == "500");
    CHECK(contains(up.err, "1,000 rows, 500 changed"));
    auto const first = up.err.find("1,000 rows, 0 changed");
    REQUIRE(first != std::string::npos);
    CHECK(up.err.find("1,000 rows, 0 changed", first + 1) != std::string::npos);
  });
}

TEST_CASE("what a backfill changes may be indexed and watched by a constraint, and keys have gaps") {
  on_every_database([](TestDatabase const& database) {
    BackfillProject const project{database, 3000};
    auto const up = project.backfill(R"lua(
function upgrade()
  op.execute("DELETE FROM items WHERE id % 3 = 0 OR id BETWEEN 700 AND 1400")
  op.create_index("items_n", "items", { "n" })
  op.backfill("items", { columns = { "name" }, batch_size = 500 }, function(row)
    return { result = row.name:upper(), n = row.id * 2 }
  end)
end
function downgrade() end)lua");
    CAPTURE(up.err);
    REQUIRE(up.exit_code == 0);
    auto const rows = project.scalar("SELECT count(*) FROM items");
    CHECK(project.scalar("SELECT count(*) FROM items WHERE result = upper(name) AND n = id * 2") == rows);
    CHECK(project.scalar("SELECT count(*) FROM items WHERE n BETWEEN 2 AND 6000") == rows);
  });
  on_every_database([](TestDatabase const& database) {
    BackfillProject const project{database, 400};
    auto const up = project.backfill(R"lua(
function upgrade()
  op.execute("UPDATE items SET n = -id")
  op.create_index("items_n", "items", { "n" }, { unique = true })
  op.backfill("items", { columns = { "name" }, batch_size = 100 }, function(row)
    return { result = "same", n = row.id == 350 and 320 or row.id }
  end)
end
function downgrade() end)lua");
    CAPTURE(up.err);
    CHECK(up.exit_code == 1);
    CHECK(project.scalar("SELECT count(*) FROM items WHERE result = 'same' AND n = id") == "300");
    CHECK(project.scalar("SELECT count(*) FROM items WHERE result IS NULL") == "100");
  });
}

TEST_CASE("keys may be text, composite or UUIDs, and sparse") {
  on_every_database([](TestDatabase const& database) {
    BackfillProject const project{database, 10};
    project.project.migration("k1", "a1", R"lua(
function upgrade()
  op.create_table("by_text", { sql.column("code", sql.string(40), { primary_key = true }), sql.column("v", sql.integer) })
  op.create_table("by_pair", { sql.column("a", sql.integer), sql.column("b", sql.string(20)), sql.column("v", sql.integer),
    sql.primary_key{ "a", "b" } })
  op.create_table("by_uuid", { sql.column("u", sql.uuid, { primary_key = true }), sql.column("v", sql.integer) })
  local texts, pairs_, uuids = {}, {}, {}
  for i = 1, 257 do
    texts[i] = { code = string.char(97 + i % 26) .. "'\\ü " .. i }
    pairs_[i] = { a = i % 5, b = "x" .. (i * 7919) % 1000 .. "-" .. i }
    uuids[i] = { u = string.format("%08x-0000-4000-8000-%012x", (i * 2654435) % 4294967296, i) }
  end
  op.bulk_insert("by_text", texts)
  op.bulk_insert("by_pair", pairs_)
  op.bulk_insert("by_uuid", uuids)
  op.backfill("by_text", { batch_size = 10 }, function(row) return { v = #row.code } end)
  op.backfill("by_pair", { batch_size = 10 }, function(row) return { v = row.a + #row.b } end)
  op.backfill("by_uuid", { batch_size = 10 }, function(row) return { v = #row.u } end)
end
function downgrade() end)lua");
    auto const up = project.project.vm({"upgrade"});
    CAPTURE(up.err);
    REQUIRE(up.exit_code == 0);
    CHECK(project.scalar("SELECT count(*) FROM by_text WHERE v > 4") == "257");
    CHECK(project.scalar("SELECT count(*) FROM by_pair WHERE v = a + length(b)") == "257");
    CHECK(project.scalar("SELECT count(*) FROM by_uuid WHERE v = 36") == "257");
  });
}

TEST_CASE("a row that fails is named by its key, what was done stays, and the next run goes on") {
  on_every_database([](TestDatabase const& database) {
    BackfillProject const project{database, 500};
    std::string const text = R"lua(
function change(row)
  if row.id == 333 and not vm.args.mended then error("no good name: " .. row.name) end
  return { result = row.name, n = row.n + 1 }
end
function upgrade()
  op.backfill("items", { columns = { "name", "n" }, batch_size = 100 }, change)
end
function downgrade() end)lua";
    auto const up = project.backfill(text);
    CAPTURE(up.err);
    CHECK(up.exit_code == 1);
    CHECK(contains(up.err, "the row function failed at id = 333: no good name: Name 333"));
    CHECK(contains(up.err, "at migrations/versions/b1.lua:8"));
    CHECK(project.scalar("SELECT count(*) FROM items WHERE n = 1") == "300");
    auto const status = project.project.vm({"status"});
    CHECK(contains(status.out, "backfill b1 of 'items': 300 of 500 rows"));

    auto const again = project.project.vm({"upgrade", "-x", "mended=yes"});
    CAPTURE(again.err);
    CHECK(again.exit_code == 0);
    CHECK(project.scalar("SELECT count(*) FROM items WHERE n = 1 AND result = name") == "500");
    CHECK_FALSE(project.has_table("vm_backfill"));
  });
}

TEST_CASE("on_error = skip records the rows and goes on") {
  on_every_database([](TestDatabase const& database) {
    BackfillProject const project{database, 200};
    auto const up = project.backfill(R"lua(
function change(row)
  if row.id % 100 == 7 then error({ message = "odd" }) end
  if row.id % 100 == 8 then return 5 end
  return { result = row.name }
end
function upgrade()
  op.backfill("items", { columns = { "name" }, batch_size = 50, on_error = "skip" }, change)
end
function downgrade() end)lua");
    CAPTURE(up.err);
    REQUIRE(up.exit_code == 0);
    CHECK(contains(up.err, "skipped 4 rows"));
    CHECK(project.scalar("SELECT count(*) FROM items WHERE result IS NULL") == "4");
    CHECK(project.scalar("SELECT count(*) FROM vm_backfill WHERE kind = 'skipped' AND revision = 'b1'") == "4");
    CHECK(project.project.vm({"backfill", "--forget", "b1"}).exit_code == 0);
    CHECK_FALSE(project.has_table("vm_backfill"));
  });
}

TEST_CASE("a whole batch is one call") {
  on_every_database([](TestDatabase const& database) {
    BackfillProject const project{database, 95};
    auto const up = project.backfill(R"lua(
function upgrade()
  op.backfill("items", { columns = { "name" }, batch_size = 10, whole_batch = true }, function(rows)
    local changes = {}
    for i, row in ipairs(rows) do
      if i % 2 == 1 then changes[i] = { result = row.name .. " of " .. #rows } end
    end
    return changes
  end)
end
function downgrade() end)lua");
    CAPTURE(up.err);
    REQUIRE(up.exit_code == 0);
    CHECK(project.scalar("SELECT count(*) FROM items WHERE result = " + project.joined("name", "' of 10'")) == "45");
    CHECK(project.scalar("SELECT count(*) FROM items WHERE result = " + project.joined("name", "' of 5'")) == "3");
  });
}

TEST_CASE("several workers share a backfill, and a closure is refused with the reason") {
  on_every_database([](TestDatabase const& database) {
    BackfillProject const project{database, 3000};
    auto const refused = project.backfill(R"lua(
function upgrade()
  op.backfill("items", { columns = "name", workers = 3, batch_size = 100 }, function(row) return { result = row.name } end)
end
function downgrade() end)lua");
    bool const is_sqlite = database.dialect() == "sqlite";
    CAPTURE(refused.err);
    if (!is_sqlite) {
      CHECK(refused.exit_code == 1);
      CHECK(contains(refused.err, "the function must be one that each can load for itself"));
      CHECK(contains(refused.err, "top-level function of the migration"));
    } else {
      CHECK(refused.exit_code == 0);
      CHECK(contains(refused.err, "one writer at a time"));
    }
    project.project.write("scripts/names.lua",
                          "return { loud = function(row) return { result = row.name:upper(), n = row.n + 1 } end }");
    project.project.migration("b1", "a1", R"lua(
function upgrade()
  op.backfill("items", { columns = { "name", "n" }, workers = 3, batch_size = 100 }, require("names").loud)
end
function downgrade() end)lua");
    if (is_sqlite) REQUIRE(project.project.vm({"stamp", "a1"}).exit_code == 0);
    std::vector<std::string> arguments{"upgrade"};
    if (!is_sqlite) arguments.emplace_back("--restart");
    auto const up = project.project.vm(arguments);
    CAPTURE(up.err);
    REQUIRE(up.exit_code == 0);
    CHECK(project.scalar("SELECT count(*) FROM items WHERE result = upper(name) AND n = 1") == "3000");
  });
}

TEST_CASE("what cannot be backfilled is refused with the way round") {
  on_every_database([](TestDatabase const& database) {
    BackfillProject const project{database, 10};
    struct Case {
      char const* call;
      char const* message;
    };
    for (auto const& [call, message] : {
             Case{R"(op.backfill("items", { columns = "nam" }, function() end))", "did you mean 'name'"},
             Case{R"(op.backfill("items", { column = "name" }, function() end))", "did you mean 'columns'"},
             Case{R"(op.backfill("item", { columns = "name" }, function() end))", "there is no table 'item'"},
             Case{R"(op.backfill("items", { key = "n", columns = "name" }, function() end))", "key"},
             Case{R"(op.backfill("items", { columns = "name" }, function() return { id = 1 } end))", "is the key"},
             Case{R"(op.backfill("items", { columns = "name" }, function() return { resul = 1 } end))",
                  "did you mean 'result'"},
             Case{R"(op.backfill("items", { columns = "name" }, function(row) return { result = row.nme } end))",
                  "the row has no 'nme'"},
             Case{R"(op.backfill("items", { columns = "name" }, function() op.execute("SELECT 1") end))",
                  "the database was asked in a row function"},
             Case{R"(op.backfill("items", { columns = "name" }, function() return 3 end))", "must return a table"},
             Case{R"(op.backfill("items", {}))", "there is nothing to do"},
             Case{R"(op.backfill("items", { set = { n = 1 } }, function() end))", "not both"},
             Case{R"(op.backfill("items", { set = { id = 1 } }))", "cannot change its key"},
         }) {
      CAPTURE(call);
      project.project.migration("b1", "a1",
                                "function upgrade()\n  " + std::string{call} + "\nend\nfunction downgrade() end");
      auto const up = project.project.vm({"upgrade"});
      CAPTURE(up.err);
      CHECK(up.exit_code == 1);
      CHECK(contains(up.err, message));
      CHECK(contains(up.err, "migrations/versions/b1.lua:"));
      project.project.vm({"resolve", "b1", "--abandon"});
      project.project.vm({"backfill", "--forget", "b1"});
    }
    CHECK(project.scalar("SELECT count(*) FROM items WHERE result IS NULL AND n = 0") == "10");
  });
}

TEST_CASE("--sql prints a set-based backfill and refuses a function with its place") {
  on_every_database([](TestDatabase const& database) {
    BackfillProject const project{database, 1};
    project.project.migration("b1", "a1", R"lua(function upgrade()
  op.backfill("items", { set = { result = sql.expr("upper(name)") }, where = "n > 1" })
end
function downgrade() end)lua");
    auto const text = project.project.vm({"upgrade", "a1:b1", "--sql"});
    CAPTURE(text.err);
    CHECK(text.exit_code == 0);
    CHECK(contains(text.out, "= upper(name) WHERE n > 1;"));
    project.project.migration("b1", "a1", R"lua(function upgrade()
  op.backfill("items", { columns = "name" }, function(row) return { result = row.name } end)
end
function downgrade() end)lua");
    auto const refused = project.project.vm({"upgrade", "a1:b1", "--sql"});
    CHECK(refused.exit_code != 0);
    CHECK(contains(refused.err, "a backfill by a row function needs the database"));
    CHECK(contains(refused.err, "migrations/versions/b1.lua:7"));
  });
}

TEST_CASE("values of every kind come and go through a row function unchanged") {
  on_every_database([](TestDatabase const& database) {
    BackfillProject const project{database, 1};
    project.project.migration("v1", "a1", R"lua(
function upgrade()
  op.create_table("kinds", { sql.column("id", sql.integer, { primary_key = true }),
    sql.column("big", sql.bigint), sql.column("big2", sql.bigint), sql.column("num", sql.numeric(30, 10)), sql.column("num2", sql.numeric(30, 10)),
    sql.column("flag", sql.boolean), sql.column("flag2", sql.boolean), sql.column("txt", sql.text), sql.column("txt2", sql.text),
    sql.column("real1", sql.double), sql.column("real2", sql.double), sql.column("raw", sql.binary), sql.column("raw2", sql.binary) })
  op.bulk_insert("kinds", {
    { id = 1, big = sql.expr("9223372036854775807"), num = sql.decimal("12345678901234567890.0000000001"), flag = true,
      txt = "tab\tline\nback\\slash 'quote' ü €", real1 = 0.1, raw = sql.bytes("\0\1\255'\\") },
    { id = 2, big = sql.expr("-9007199254740993"), num = sql.decimal("-0.5"), flag = false, txt = "", real1 = -1e300, raw = sql.bytes("") },
    { id = 3 } })
  op.backfill("kinds", { columns = { "big", "num", "flag", "txt", "real1", "raw" } }, function(row)
    return { big2 = row.big or sql.null, num2 = row.num or sql.null, flag2 = row.flag, txt2 = row.txt, real2 = row.real1,
             raw2 = row.raw and sql.bytes(row.raw) or nil }
  end)
end
function downgrade() end)lua");
    auto const up = project.project.vm({"upgrade"});
    CAPTURE(up.err);
    REQUIRE(up.exit_code == 0);
    CHECK(
        project.scalar(
            "SELECT count(*) FROM kinds WHERE id < 3 AND big = big2 AND num = num2 AND flag = flag2 AND txt = txt2 AND "
            "real1 = real2 AND raw = raw2") == "2");
    CHECK(project.scalar("SELECT count(*) FROM kinds WHERE big2 IS NULL AND txt2 IS NULL AND raw2 IS NULL") == "1");
  });
}

TEST_CASE("the project of migrations/backfill goes up and down") {
  on_every_database([](TestDatabase const& database) {
    auto const vm = [&](std::vector<std::string> arguments) {
      arguments.insert(arguments.begin(), {binary_file(), "-u", url_text(database.url()), "run"});
      return run({std::move(arguments), source_folder() / std::filesystem::path{"migrations/backfill"}});
    };
    auto const scalar = [&](std::string_view text) {
      return std::get<std::int64_t>(*database.connect()->scalar(text));
    };
    auto const up = vm({"upgrade", "head"});
    CAPTURE(up.err);
    REQUIRE(up.exit_code == 0);
    CHECK(contains(up.err, "skipped 1 row (first: id = 17"));
    CHECK(contains(vm({"backfill"}).out + up.err, "no e-mail address: no address"));
    CHECK(
        scalar(
            "SELECT count(*) FROM customers WHERE full_name = 'Ada Number 5' AND normal_email = 'ada.5@example.org'") ==
        1);
    CHECK(scalar("SELECT count(*) FROM customers WHERE normal_email IS NULL") == 1);
    auto const down = vm({"downgrade", "base"});
    CAPTURE(down.err);
    CHECK(down.exit_code == 0);
  });
}

// A project with a table of items to backfill, on a database of its own.
#pragma once

#include "tests/support/databases.hpp"
#include "tests/support/temp_project.hpp"

#include <fmt/format.h>

#include <string>

namespace vm::test {

class BackfillProject {
 public:
  /// `rows` items with the ids 1, 2, 3 …, a name, no result and n = 0; revision a1 made them.
  BackfillProject(TestDatabase const& database, int rows, int id_step = 1)
      : project{url_text(database.url())},
        database_{database} {
    project.migration("a1", "",
                      fmt::format(R"(
function upgrade()
  op.create_table("items", {{ sql.column("id", sql.bigint, {{ primary_key = true }}), sql.column("name", sql.text),
    sql.column("result", sql.text), sql.column("n", sql.integer) }})
  local rows = {{}}
  for i = 1, {} do rows[i] = {{ id = i * {}, name = "Name " .. i, n = 0 }} end
  op.bulk_insert("items", rows)
end
function downgrade() end)",
                                  rows, id_step));
    auto const up = project.vm({"upgrade", "a1"});
    if (up.exit_code != 0) throw std::runtime_error{"the items could not be made:\n" + up.err};
  }

  /// Writes the migration b1 with this body and upgrades to it.
  Finished backfill(std::string const& body) const {
    project.migration("b1", "a1", body);
    return project.vm({"upgrade"});
  }

  std::string scalar(std::string_view sql) const {
    auto const value = database_.connect()->scalar(sql);
    if (!value) return "(none)";
    if (auto const* text = std::get_if<std::string>(&*value)) return *text;
    if (auto const* number = std::get_if<std::int64_t>(&*value)) return std::to_string(*number);
    if (auto const* number = std::get_if<Decimal>(&*value)) return number->text;
    return "(other)";
  }

  bool has_table(std::string const& table) const {
    try {
      database_.connect()->all("SELECT 1 FROM " + table + " LIMIT 1");
      return true;
    } catch (DatabaseError const&) {
      return false;
    }
  }

  /// Two texts joined, as this database writes it.
  std::string joined(std::string const& left, std::string const& right) const {
    return database_.dialect() == "mysql" ? "concat(" + left + ", " + right + ")" : left + " || " + right;
  }

  TempProject project;

 private:
  TestDatabase const& database_;
};

} // namespace vm::test

#include "engine/op/fingerprint.hpp"

#include <doctest/doctest.h>

#include <stdexcept>

using namespace vm;
using schema::Identifier;

namespace {

schema::Catalog everything() {
  schema::TableName const orders{Identifier{"shop"}, Identifier{"orders"}};
  schema::Table table{.name = orders};
  schema::Column id{.name = Identifier{"id"}, .type = schema::BigInt{}, .nullable = false, .primary_key = true};
  id.identity = schema::Identity{.always = true, .start = 5};
  schema::Column state{.name = Identifier{"state"}, .type = schema::Enum{.name = orders, .values = {"new", "paid"}}};
  state.server_default = Value{std::string{"new"}};
  state.options.emplace("postgresql_storage", std::string{"plain"});
  schema::Column tags{.name = Identifier{"tags"}, .type = schema::Array{{schema::Numeric{12, 2}}}};
  tags.computed = schema::Computed{"now()", true};
  table.columns = {id, state, tags};
  table.constraints.emplace_back(
      schema::ForeignKey{.name = Identifier{"fk"}, .columns = {Identifier{"id"}}, .referent = orders});
  table.constraints.emplace_back(schema::CheckConstraint{.condition = "id > 0"});
  schema::Index index{.name = Identifier{"ix"}};
  index.elements.push_back({.what = schema::Expression{"lower(state)"}, .descending = true});
  index.elements.push_back({.what = Identifier{"id"}});
  table.indexes.push_back(index);
  schema::Catalog catalog;
  catalog.tables.emplace(orders, table);
  catalog.views.emplace(orders, schema::View{.name = orders, .definition = "SELECT 1"});
  catalog.triggers.push_back({.name = Identifier{"t"}, .table = orders, .definition = "x"});
  catalog.extensions.push_back({"citext", "1.6"});
  catalog.schemas.emplace_back("shop");
  return catalog;
}

op::Fingerprint of(op::Operation const& operation) {
  return op::fingerprint(operation);
}

} // namespace

TEST_CASE("a catalog comes back from its bytes as it was") {
  auto const catalog = everything();
  auto const again = op::decode_catalog(op::encode(catalog));
  CHECK(again.tables == catalog.tables);
  CHECK(again.views == catalog.views);
  CHECK(again.triggers == catalog.triggers);
  CHECK(again.extensions == catalog.extensions);
  CHECK(again.schemas == catalog.schemas);
}

TEST_CASE("rows come back from their bytes with every kind of value") {
  op::RecordedRows rows;
  rows.columns = {"a", "b"};
  rows.rows = {{Null{}, true},
               {std::int64_t{-5}, 1.5},
               {std::string{"a\0b", 3}, Decimal{"-12.50"}},
               {Bytes{"\xff"}, Array{{std::int64_t{1}, Null{}}}}};
  auto const again = op::decode_rows(op::encode(rows));
  CHECK(again.columns == rows.columns);
  CHECK(again.rows == rows.rows);
}

TEST_CASE("bytes that end early are refused") {
  auto const bytes = op::encode(everything());
  for (std::size_t length = 0; length < bytes.size(); length += 7)
    CHECK_THROWS_AS(op::decode_catalog(std::string_view{bytes}.substr(0, length)), std::out_of_range);
}

TEST_CASE("a fingerprint is the same for the same operation and differs by every detail") {
  op::DropColumn const drop{.table = {std::nullopt, Identifier{"users"}}, .column = Identifier{"email"}};
  CHECK(of(drop) == of(op::Operation{drop}));
  CHECK(of(drop).hex().size() == 32);
  auto other = drop;
  other.cascade = true;
  CHECK_FALSE(of(drop) == of(other));
  other = drop;
  other.table.schema = Identifier{"app"};
  CHECK_FALSE(of(drop) == of(other));
  // Text moves between neighbouring fields, and length alone is a difference.
  CHECK_FALSE(of(op::ExecuteSql{{"ab", "c"}, {}}) == of(op::ExecuteSql{{"a", "bc"}, {}}));
  CHECK_FALSE(of(op::ExecuteSql{{std::string(8, '\0')}, {}}) == of(op::ExecuteSql{{std::string(9, '\0')}, {}}));
  CHECK_FALSE(op::fingerprint("SELECT 1", std::nullopt) == op::fingerprint("SELECT 1", op::Parameters{}));
}

TEST_CASE("a fingerprint is the same in every build: it stands in people's databases") {
  CHECK(of(op::ExecuteSql{{"SELECT 1"}, {}}).hex() == "c37a060d8504bb17d2d24e359ec9c2a5");
}

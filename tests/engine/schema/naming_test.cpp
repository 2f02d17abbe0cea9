#include "engine/core/error.hpp"
#include "engine/schema/naming.hpp"

#include <doctest/doctest.h>

using namespace vm::schema;

namespace {

TableName table(char const* name) {
  return {std::nullopt, Identifier{name}};
}

std::vector<Identifier> columns(std::initializer_list<char const*> names) {
  auto list = std::vector<Identifier>{};
  for (auto const* name : names) list.emplace_back(name);
  return list;
}

Index index_on(std::initializer_list<char const*> names) {
  auto index = Index{};
  for (auto const* name : names) index.elements.push_back(IndexElement{.what = Identifier{name}});
  return index;
}

std::string text(std::optional<Identifier> const& name) {
  return name ? name->text() : "-";
}

NamingConvention convention(char const* kind, char const* pattern) {
  return {.patterns = {{kind, pattern}}};
}

} // namespace

TEST_CASE("every token of Alembic stands for what SQLAlchemy puts there") {
  auto const key =
      ForeignKey{.columns = columns({"a", "b"}), .referent = table("teams"), .referent_columns = columns({"x", "y"})};
  auto const users = TableName{Identifier{"app"}, Identifier{"users"}};
  auto const rules = std::vector<std::pair<char const*, char const*>>{
      {"fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s", "fk_users_a_teams"},
      {"%(column_0N_name)s", "ab"},
      {"%(column_0_N_name)s", "a_b"},
      {"%(column_1_name)s", "b"},
      {"%(column_2_name)s!", "!"},
      {"%(column_0_key)s", "a"},
      {"%(column_0_label)s", "app_users_a"},
      {"%(column_0_N_label)s", "app_users_a_app_users_b"},
      {"%(referred_column_0_name)s", "x"},
      {"%(referred_column_0N_name)s", "xy"},
      {"%(referred_column_0_N_name)s", "x_y"},
      {"100%%_%(table_name)s", "100%_users"},
  };
  for (auto const& [pattern, name] : rules) {
    auto const rule = convention("fk", pattern);
    CHECK_NOTHROW(rule.check());
    CHECK(text(constraint_name(rule, users, key, std::nullopt)) == name);
  }
}

TEST_CASE("each kind of constraint has its own pattern") {
  auto const all = NamingConvention{.patterns = {{"pk", "pk_%(table_name)s"},
                                                 {"uq", "uq_%(table_name)s_%(column_0_name)s"},
                                                 {"ck", "ck_%(table_name)s_%(constraint_name)s"},
                                                 {"ix", "ix_%(column_0_label)s"}}};
  auto const users = table("users");
  CHECK(text(constraint_name(all, users, PrimaryKey{.columns = columns({"id"})}, std::nullopt)) == "pk_users");
  CHECK(text(constraint_name(all, users, UniqueConstraint{.columns = columns({"email"})}, std::nullopt)) ==
        "uq_users_email");
  CHECK(text(index_name(all, users, index_on({"email"}), std::nullopt)) == "ix_users_email");
  // No pattern for foreign keys: the database's own name.
  CHECK(text(constraint_name(all, users, ForeignKey{.columns = columns({"a"}), .referent = table("t")},
                             std::nullopt)) == "-");
}

TEST_CASE("a typed name fills constraint_name, and stands as it is where the pattern has no such token") {
  auto const check = CheckConstraint{.condition = "price > 0"};
  auto const given = std::optional{Identifier{"positive"}};
  CHECK(text(constraint_name(convention("ck", "ck_%(table_name)s_%(constraint_name)s"), table("t"), check, given)) ==
        "ck_t_positive");
  CHECK(text(constraint_name(convention("ck", "ck_%(table_name)s"), table("t"), check, given)) == "positive");
  CHECK(text(constraint_name({}, table("t"), check, given)) == "positive");
}

TEST_CASE("a token with nothing to stand for leaves the constraint to the database") {
  auto const check = CheckConstraint{.condition = "price > 0"};
  CHECK(text(constraint_name(convention("ck", "ck_%(table_name)s_%(constraint_name)s"), table("t"), check,
                             std::nullopt)) == "-");
  auto const by_column = convention("ck", "ck_%(table_name)s_%(column_0_name)s");
  CHECK(text(constraint_name(by_column, table("t"), check, std::nullopt)) == "-");
  CHECK(text(constraint_name(by_column, table("t"), check, std::nullopt, columns({"price"}))) == "ck_t_price");
}

TEST_CASE("an index without a name is ix_table_columns") {
  CHECK(text(index_name({}, table("users"), index_on({"email"}), std::nullopt)) == "ix_users_email");
  CHECK(text(index_name({}, table("users"), index_on({"a", "b"}), std::nullopt)) == "ix_users_a_b");
  auto const by_expression = Index{.elements = {IndexElement{.what = Expression{"lower(email)"}}}};
  CHECK(text(index_name({}, table("users"), by_expression, std::nullopt)) == "-");
}

TEST_CASE("a made name over the limit is cut and gets four digits of its digest") {
  auto const long_table = std::string(70, 't');
  auto const key = PrimaryKey{.columns = columns({"id"})};
  auto const name =
      constraint_name(convention("pk", "pk_%(table_name)s"), table(long_table.c_str()), key, std::nullopt);
  // md5("pk_ttt…") ends with these digits: python3 -c "import
  // hashlib;print(hashlib.md5(('pk_'+'t'*70).encode()).hexdigest())"
  CHECK(text(name) == "pk_" + std::string(52, 't') + "_9581");
}

TEST_CASE("a name is cut between characters, and counted in what the database counts") {
  auto const umlauts = [] {
    auto name = std::string{};
    for (int i = 0; i < 40; ++i) name += "ü";
    return name;
  }();
  auto in_bytes = NamingConvention{};
  auto const cut = shortened(in_bytes, umlauts);
  CHECK(cut.size() == 54 + 5);
  CHECK(cut.starts_with(umlauts.substr(0, 54)));
  auto in_characters = NamingConvention{.patterns = {}, .name_limit = 64, .limit_in_characters = true};
  CHECK(shortened(in_characters, umlauts) == umlauts);
}

TEST_CASE("a typed name over the limit is refused") {
  auto const given = std::optional{Identifier{std::string(64, 'n')}};
  CHECK_THROWS_WITH_AS(constraint_name({}, table("t"), PrimaryKey{.columns = columns({"id"})}, given),
                       ("the name '" + std::string(64, 'n') + "' has 64 bytes, the database stores at most 63").c_str(),
                       vm::UsageError);
}

TEST_CASE("a convention with an unknown kind or token is refused with the nearest") {
  CHECK_THROWS_WITH_AS(convention("uk", "x").check(), "the naming convention has the unknown kind 'uk'",
                       vm::ConfigError);
  CHECK_THROWS_WITH_AS(convention("uq", "uq_%(tabel_name)s").check(),
                       "the naming convention for 'uq' has the unknown token '%(tabel_name)s'", vm::ConfigError);
  try {
    convention("uq", "uq_%(tabel_name)s").check();
  } catch (vm::ConfigError const& error) {
    REQUIRE(error.hints().size() == 1);
    CHECK(error.hints().front().text == "did you mean '%(table_name)s'?");
  }
  CHECK_THROWS_WITH_AS(convention("uq", "uq_%table").check(),
                       "the naming convention for 'uq' has a '%' that starts no token: 'uq_%table'", vm::ConfigError);
}

// Keys as text and as conditions; the definition of a backfill as text.
#include "engine/backfill/definition.hpp"
#include "engine/backfill/range.hpp"
#include "engine/dialect/registry.hpp"

#include <doctest/doctest.h>

using namespace vm;
using backfill::Key;
using backfill::KeyText;

TEST_CASE("a key survives the way through the progress table") {
  std::vector<Key> const keys{
      {std::int64_t{42}},
      {std::int64_t{-9223372036854775807}, std::string{"a,b:c"}},
      {std::string{""}},
      {std::string{"t3:x,\n'\"ü"}, Decimal{"-12.50"}, true, Null{}},
      {Bytes{std::string{"\0\xff,", 3}}, 0.1},
      {-1.5e300},
  };
  for (auto const& key : keys) {
    CAPTURE(backfill::encode(key));
    CHECK(backfill::decode(backfill::encode(key)) == key);
  }
}

TEST_CASE("a damaged key is refused with its text") {
  for (auto const* text : {"x", "t9:short", "i", "t3abc"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(backfill::decode(text), DatabaseError);
  }
}

TEST_CASE("ranges are conditions on the key and no arithmetic") {
  auto const dialect = dialect::backend_for("postgresql").dialect(nullptr, {});
  KeyText const one{{"\"id\""}, *dialect, true};
  CHECK(one.within(std::nullopt, {std::int64_t{9}}) == "\"id\" <= 9");
  CHECK(one.within(Key{std::int64_t{3}}, {std::int64_t{9}}, "t.") == "t.\"id\" > 3 AND t.\"id\" <= 9");
  KeyText const rows{{"a", "b"}, *dialect, true};
  CHECK(rows.after({std::int64_t{1}, std::string{"x"}}) == "(a, b) > (1, 'x')");
  CHECK(rows.list(" DESC") == "a DESC, b DESC");
  KeyText const spelled{{"a", "b"}, *dialect, false};
  CHECK(spelled.after({std::int64_t{1}, std::string{"x"}}) == "((a > 1) OR (a = 1 AND b > 'x'))");
  CHECK(spelled.upto({std::int64_t{1}, std::string{"x"}}) == "((a < 1) OR (a = 1 AND b <= 'x'))");
}

TEST_CASE("a definition is read back as it was written, and its meaning leaves out the speed") {
  auto const dialect = dialect::backend_for("postgresql").dialect(nullptr, {});
  backfill::Definition given{op::Backfill{schema::TableName{std::nullopt, schema::Identifier{"two words"}}},
                             "normalise", true, "abc"};
  given.job.key = {schema::Identifier{"a,b"}, schema::Identifier{"c\\n"}};
  given.job.columns = {schema::Identifier{"name"}};
  given.job.where = "x IS NULL -- why\nAND y > 1";
  given.job.skip_errors = true;
  given.job.batch_size.reset();
  given.job.pause = 0.25;
  auto const text = backfill::write(given, *dialect);
  auto const read = backfill::read(text);
  CHECK(read.job.table == given.job.table);
  CHECK(read.job.key == given.job.key);
  CHECK(read.job.columns == given.job.columns);
  CHECK(read.job.where == given.job.where);
  CHECK(read.job.skip_errors);
  CHECK_FALSE(read.job.batch_size);
  CHECK(read.job.pause == 0.25);
  CHECK(read.function == given.function);
  CHECK(read.checksum == "abc");
  CHECK(backfill::write(read, *dialect) == text);

  auto slower = given;
  slower.job.pause = 3;
  slower.job.batch_size = 7;
  CHECK(backfill::meaning(backfill::write(slower, *dialect)) == backfill::meaning(text));
  auto other = given;
  other.job.where = "x IS NULL";
  CHECK(backfill::meaning(backfill::write(other, *dialect)) != backfill::meaning(text));
}

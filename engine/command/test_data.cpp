#include "engine/command/test_data.hpp"

#include "engine/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <type_traits>

namespace vm::command {
namespace {

constexpr std::size_t rows_wanted = 3;

std::string to_text(schema::TableName const& name) {
  return schema::to_string(name);
}

bool is_key_of_its_own(schema::Table const& table, schema::Column const& column) {
  if (!schema::is_integer(column.type)) return false;
  if (column.primary_key) return true;
  for (auto const& constraint : table.constraints)
    if (auto const* key = std::get_if<schema::PrimaryKey>(&constraint))
      return key->columns.size() == 1 && key->columns.front() == column.name;
  return false;
}

std::vector<schema::ForeignKey> foreign_keys(schema::Table const& table) {
  std::vector<schema::ForeignKey> keys;
  for (auto const& constraint : table.constraints)
    if (auto const* key = std::get_if<schema::ForeignKey>(&constraint)) keys.push_back(*key);
  for (auto const& column : table.columns)
    if (column.references) {
      keys.push_back(*column.references);
      keys.back().columns = {column.name};
    }
  return keys;
}

/// The first word in quotes of a check that names the column: `mood IN ('sad', 'ok')` is how a database without enums
/// says it.
std::optional<std::string> word_of_check(schema::Table const& table, schema::Column const& column) {
  auto const from = [&](std::string const& condition) -> std::optional<std::string> {
    if (condition.find(column.name.text()) == std::string::npos) return std::nullopt;
    auto const open = condition.find('\'');
    auto const close = open == std::string::npos ? open : condition.find('\'', open + 1);
    if (close == std::string::npos) return std::nullopt;
    return condition.substr(open + 1, close - open - 1);
  };
  if (column.check)
    if (auto word = from(column.check->condition)) return word;
  for (auto const& constraint : table.constraints)
    if (auto const* check = std::get_if<schema::CheckConstraint>(&constraint))
      if (auto word = from(check->condition)) return word;
  return std::nullopt;
}

/// A value of a type, another for each `number`; nothing for types only the database knows.
class Maker {
 public:
  explicit Maker(std::int64_t number) : n_{number} {}

  using Made = std::optional<Value>;
  Made operator()(schema::SmallInt const&) const { return n_; }
  Made operator()(schema::Integer const&) const { return n_; }
  Made operator()(schema::BigInt const&) const { return n_; }
  Made operator()(schema::Real const&) const { return static_cast<double>(n_) + 0.5; }
  Made operator()(schema::Float const&) const { return static_cast<double>(n_) + 0.5; }
  Made operator()(schema::Double const&) const { return static_cast<double>(n_) + 0.5; }
  Made operator()(schema::Numeric const& type) const {
    auto const whole = type.precision ? *type.precision - type.scale.value_or(0) : 3;
    return Decimal{whole > 0 ? std::to_string(n_ % (whole > 1 ? 100 : 10)) : "0"};
  }
  Made operator()(schema::Boolean const&) const { return n_ % 2 == 0; }
  Made operator()(schema::String const& type) const { return text(type.length); }
  Made operator()(schema::Char const& type) const { return text(type.length); }
  Made operator()(schema::Text const&) const { return text({}); }
  Made operator()(schema::Binary const& type) const {
    return Bytes{
        std::string(static_cast<std::size_t>(std::min(type.length.value_or(2), 2)), static_cast<char>('a' + n_ % 26))};
  }
  Made operator()(schema::Date const&) const { return fmt::format("2024-01-{:02}", n_ % 28 + 1); }
  Made operator()(schema::Time const&) const { return fmt::format("10:00:{:02}", n_ % 60); }
  Made operator()(schema::Timestamp const&) const { return fmt::format("2024-01-01 10:{:02}:00", n_ % 60); }
  Made operator()(schema::Interval const&) const { return fmt::format("{} days", n_); }
  Made operator()(schema::Uuid const&) const { return fmt::format("00000000-0000-4000-8000-{:012}", n_); }
  Made operator()(schema::Json const&) const { return fmt::format("{{\"n\": {}}}", n_); }
  Made operator()(schema::Enum const& type) const {
    if (type.values.empty()) return std::nullopt;
    return type.values[static_cast<std::size_t>(n_) % type.values.size()];
  }
  Made operator()(schema::PostgresType const& type) const { return type.name == "citext" ? text({}) : Made{}; }
  Made operator()(schema::Raw const&) const { return std::nullopt; }
  Made operator()(schema::Array const&) const { return std::nullopt; }

 private:
  std::string text(std::optional<int> length) const {
    auto made = fmt::format("{} row", n_);
    if (length && static_cast<int>(made.size()) > *length)
      made = std::to_string(n_).substr(0, static_cast<std::size_t>(std::max(*length, 1)));
    return made;
  }

  std::int64_t n_;
};

/// One row for a table, or why there is none.
class RowMaker {
 public:
  RowMaker(Scratch& scratch, schema::Catalog const& catalog, schema::Table const& table)
      : scratch_{scratch},
        catalog_{catalog},
        table_{table},
        keys_{foreign_keys(table)} {}

  std::string make(std::int64_t number, op::Insert& row) {
    auto referred = std::map<schema::Identifier, Value>{};
    for (auto const& key : keys_)
      if (auto why = refer(key, number, referred); !why.empty()) return why;
    for (auto const& column : table_.columns) {
      auto const found = referred.find(column.name);
      if (found == referred.end() && fills_itself(column)) continue;
      auto value = found != referred.end() ? std::optional<Value>{found->second} : make_value(column, number);
      if (!value && column.nullable) continue;
      if (!value)
        return fmt::format("no value is known for column '{}' of type {}", column.name.text(), to_string(column.type));
      row.values.emplace_back(column.name, std::move(*value));
    }
    if (row.values.empty()) return "every column fills itself";
    return {};
  }

 private:
  bool fills_itself(schema::Column const& column) const {
    return column.server_default || column.identity || column.computed || column.autoincrement.value_or(false) ||
           is_key_of_its_own(table_, column);
  }

  std::optional<Value> make_value(schema::Column const& column, std::int64_t number) const {
    if (auto word = word_of_check(table_, column)) return Value{std::move(*word)};
    return std::visit(Maker{number}, column.type);
  }

  /// Values of a row that is there in the table referred to.
  std::string refer(schema::ForeignKey const& key, std::int64_t number, std::map<schema::Identifier, Value>& values) {
    auto columns = key.referent_columns;
    auto const* referent = catalog_.find_table(key.referent);
    if (columns.empty() && referent != nullptr)
      for (auto const& constraint : referent->constraints)
        if (auto const* primary = std::get_if<schema::PrimaryKey>(&constraint)) columns = primary->columns;
    auto& dialect = scratch_.environment().dialect();
    auto names = std::vector<std::string>{};
    for (auto const& column : columns) names.push_back(dialect.quote(column));
    auto rows = std::vector<std::vector<Value>>{};
    if (!names.empty())
      rows = scratch_.session().all(
          fmt::format("SELECT {} FROM {} LIMIT {}", join(names, ", "), dialect.quote(key.referent), rows_wanted));
    for (std::size_t i = 0; i < key.columns.size(); ++i) {
      if (!rows.empty() && i < names.size()) {
        values.insert_or_assign(key.columns[i], rows[static_cast<std::size_t>(number) % rows.size()][i]);
        continue;
      }
      auto const* column = table_.find_column(key.columns[i]);
      if (column == nullptr || !column->nullable)
        return fmt::format("table '{}', which it refers to, has no rows", to_text(key.referent));
      values.insert_or_assign(key.columns[i], Value{Null{}});
    }
    return {};
  }

  Scratch& scratch_;
  schema::Catalog const& catalog_;
  schema::Table const& table_;
  std::vector<schema::ForeignKey> keys_;
};

std::string first_line(std::string const& text) {
  return text.substr(0, text.find('\n'));
}

/// Fills one table; why it takes no rows, or nothing.
std::string fill(Scratch& scratch, schema::Catalog const& catalog, schema::Table const& table, std::size_t there) {
  for (auto i = there; i < rows_wanted; ++i) {
    auto row = op::Insert{.table = table.name, .values = {}};
    if (auto why = RowMaker{scratch, catalog, table}.make(static_cast<std::int64_t>(i) + 1, row); !why.empty())
      return why;
    try {
      scratch.apply({row});
    } catch (DatabaseError const& error) {
      return first_line(error.message());
    }
  }
  return {};
}

/// Tables after those they refer to, as far as there is such an order.
std::vector<schema::Table const*> in_order(schema::Catalog const& catalog) {
  std::vector<schema::Table const*> order;
  std::set<schema::TableName> placed;
  while (placed.size() < catalog.tables.size()) {
    auto const count = placed.size();
    for (int forced = 0; forced < 2 && placed.size() == count; ++forced)
      for (auto const& entry : catalog.tables) {
        auto const& name = entry.first;
        auto const& table = entry.second;
        if (placed.count(name) > 0) continue;
        auto const keys = foreign_keys(table);
        bool const ready = std::ranges::all_of(keys, [&](auto const& key) {
          return key.referent == name || placed.count(key.referent) > 0 || catalog.tables.count(key.referent) == 0;
        });
        if (!ready && forced == 0) continue;
        order.push_back(&table);
        placed.insert(name);
        if (forced == 1) break;
      }
  }
  return order;
}

} // namespace

Data read_data(Scratch& scratch, schema::Catalog const& catalog) {
  auto data = Data{};
  auto& dialect = scratch.environment().dialect();
  for (auto const& [name, table] : catalog.tables) {
    auto& kept = data[name];
    auto names = std::vector<std::string>{};
    for (auto const& column : table.columns) names.push_back(dialect.quote(column.name));
    if (names.empty()) continue;
    for (auto const& row :
         scratch.session().all(fmt::format("SELECT {} FROM {}", join(names, ", "), dialect.quote(name)))) {
      ++kept.rows;
      for (std::size_t i = 0; i < row.size(); ++i)
        kept.columns[table.columns[i].name.text()].values.push_back(dialect.literal(row[i]));
    }
    for (auto const& column : table.columns) {
      auto& one = kept.columns[column.name.text()];
      one.type = schema::to_string(column.type);
      std::ranges::sort(one.values);
    }
  }
  return data;
}

void TouchedTables::add(op::Operation const& operation) {
  std::visit(
      [this](auto const& one) {
        using O = std::decay_t<decltype(one)>;
        if constexpr (std::is_same_v<O, op::AlterEnum>) {
          for (auto const& [table, column] : one.tables) names_.insert(table.name.text());
        } else if constexpr (std::is_same_v<O, op::ExecuteSql>) {
          for (auto const& text : one.texts) add_text(text);
        } else if constexpr (std::is_same_v<O, op::BatchAlterTable>) {
          for (auto const& each : one.operations) add(each);
        } else if constexpr (std::is_same_v<O, op::DropTable> || std::is_same_v<O, op::DropColumn> ||
                             std::is_same_v<O, op::BulkInsert> || std::is_same_v<O, op::Insert> ||
                             std::is_same_v<O, op::Update> || std::is_same_v<O, op::Delete>) {
          names_.insert(one.table.name.text());
        }
      },
      operation);
}

void TouchedTables::add_text(std::string_view text) {
  texts_ += lower(text);
  texts_ += '\n';
}

bool TouchedTables::has(schema::TableName const& table) const {
  return names_.count(table.name.text()) > 0 || texts_.find(lower(table.name.text())) != std::string::npos;
}

std::vector<std::string> lost_data(Data const& before, Data const& after, TouchedTables const& touched) {
  std::vector<std::string> lost;
  for (auto const& [name, table] : before) {
    auto const found = after.find(name);
    if (found == after.end() || touched.has(name)) continue;
    if (found->second.rows != table.rows) {
      lost.push_back(fmt::format("table '{}' had {} rows and has {}", to_text(name), table.rows, found->second.rows));
      continue;
    }
    for (auto const& [column_name, column] : table.columns) {
      auto const other = found->second.columns.find(column_name);
      if (other == found->second.columns.end()) continue;
      auto const nulls = [](ColumnData const& data) { return std::ranges::count(data.values, "NULL"); };
      bool const same_type = column.type == other->second.type;
      if (same_type ? column.values != other->second.values : nulls(column) < nulls(other->second))
        lost.push_back(fmt::format("values of column '{}.{}' are no longer what they were: {} became {}", to_text(name),
                                   column_name, join(column.values, ", "), join(other->second.values, ", ")));
    }
  }
  return lost;
}

std::vector<std::string> add_rows(Scratch& scratch, schema::Catalog const& catalog, Data const& data) {
  std::vector<std::string> skipped;
  for (auto const* table : in_order(catalog)) {
    auto const found = data.find(table->name);
    auto const there = found == data.end() ? 0 : found->second.rows;
    if (there >= rows_wanted) continue;
    auto const why = fill(scratch, catalog, *table, there);
    if (!why.empty() && there == 0)
      skipped.push_back(fmt::format("table '{}' was tried without rows: {}", to_text(table->name), why));
  }
  return skipped;
}

} // namespace vm::command

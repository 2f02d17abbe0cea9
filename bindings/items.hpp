// What scripts build before an operation takes it: types, expressions, columns, constraints, indexes and tables as
// values inside Lua. Names are as typed here; `build.hpp` applies the naming convention once the table is known.
#pragma once

#include "bindings/arguments.hpp"
#include "bindings/lua/lua.hpp"
#include "engine/op/operation.hpp"
#include "engine/schema/catalog.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace vm::bindings {

/// `sql.string` and `sql.string(100)`. A word is what takes arguments once: `sql.string(100)(5)` is refused.
struct TypeItem {
  schema::Type type;
  bool is_word = false;
};

/// A name of a constraint or index: as typed, final when it came through op.f, or absent.
struct GivenName {
  std::optional<schema::Identifier> name = {};
  bool final = false;
};

/// What op.f returns.
struct FinalName {
  std::string text;
};

struct ColumnItem {
  schema::Column column;
  bool references_name_is_final = false;
  bool check_name_is_final = false;
};

struct ConstraintItem {
  schema::Constraint constraint;
  bool name_is_final = false;
  bool postgresql_not_valid = false;
  bool postgresql_nulls_not_distinct = false;
};

struct IndexItem {
  schema::Index index; ///< `options` still hold the prefixed forms of plain options
  bool name_is_final = false;
};

struct TableItem {
  schema::TableName name;
  std::vector<std::variant<ColumnItem, ConstraintItem, IndexItem>> items = {};
  std::optional<std::string> comment = {};
  schema::Options options = {};
  std::optional<schema::Identifier> renamed_from = {};
  std::optional<Location> place = {}; ///< where a script wrote it
};

struct ViewItem {
  schema::View view;
};

/// A function, procedure, trigger, sequence or extension: what its operation would be.
struct ObjectItem {
  /// A routine or trigger given as the database's own text of it is what a catalog holds.
  std::variant<op::Operation, schema::Function, schema::Trigger> object;
};

struct SchemaItem {
  std::vector<TableItem> tables = {};
  std::vector<schema::View> views = {};
  std::vector<schema::EnumType> enums = {};
  std::vector<op::Operation> objects = {};
  std::vector<schema::Function> functions = {}; ///< by their definition
  std::vector<schema::Trigger> triggers = {};
};

/// Registers the userdata types above in a state. [-0, +0]
void define_items(lua_State* L);

// --- readers: arguments ---

/// A string or a list of strings, at least one.
std::vector<schema::Identifier> read_columns(Arguments& arguments, int position, std::string_view name);
/// A string, op.f, or nothing.
GivenName read_name(Arguments& arguments, int position, std::string_view name);
/// A name that must be there.
GivenName read_required_name(Arguments& arguments, int position, std::string_view name);
/// A table's name, or what sql.table and op.create_table returned.
schema::TableName read_table_name(Arguments& arguments, int position, std::string_view name);
/// SQL text: a string or sql.expr.
std::string read_sql(Arguments& arguments, int position, std::string_view name);
/// Columns, expressions and `{ "column", descending = true, … }`.
std::vector<schema::IndexElement> read_index_elements(Arguments& arguments, int position, std::string_view name);
/// `{ {"room", "="}, {"during", "&&"} }`
void read_exclude_elements(Arguments& arguments, int position, std::string_view name,
                           schema::ExcludeConstraint& exclude);
/// A type, as `sql.…` makes them.
schema::Type read_type(Arguments& arguments, int position, std::string_view name);

// --- readers: options ---

GivenName read_name(TableReader& options, std::string_view key);
std::optional<std::string> read_sql(TableReader& options, std::string_view key);
std::optional<schema::Type> read_type(TableReader& options, std::string_view key);
/// The default, or a Change without a value for sql.null; unset when the key is absent.
std::optional<op::Change<schema::ServerDefault>> read_server_default(TableReader& options, std::string_view key);
std::optional<op::Change<std::string>> read_comment(TableReader& options, std::string_view key);
std::optional<op::Change<schema::Computed>> read_computed(TableReader& options, std::string_view key);
std::optional<op::Change<schema::Identity>> read_identity(TableReader& options, std::string_view key);
std::map<std::string, std::string> read_text_map(TableReader& options, std::string_view key);
/// One option in whatever form it has: a boolean, a number, a string, a list of strings or a table of texts.
std::optional<schema::OptionValue> read_option(TableReader& options, std::string_view key);
/// Keys that begin with postgresql_, mysql_, mariadb_ or sqlite_.
schema::Options read_dialect_options(TableReader& options);
schema::Deferral read_deferral(TableReader& options);
/// ondelete, onupdate, match, deferrable, initially, not_valid.
void read_foreign_key_options(TableReader& options, schema::ForeignKey& key);
/// unique, where, using, include, nulls_not_distinct, ops, with, and the prefixed forms.
void read_index_options(TableReader& options, IndexItem& item);
/// `one of` without regard to case; gives the upper-case word.
std::optional<std::string> read_word(TableReader& options, std::string_view key, std::vector<std::string> const& words);

// --- readers: items ---

/// The list of a table's columns, constraints and indexes.
void read_items(Arguments& arguments, int position, TableItem& table);
ColumnItem read_column(Arguments& arguments, int position, std::string_view name);

/// A cell of a row: a value, or sql.expr. Unset for what no database stores. [-0, +0]
std::optional<op::Cell> to_cell(lua_State* L, int index);

/// [-0, +1]
void push_type(lua_State* L, schema::Type type);
void push_server_default(lua_State* L, schema::ServerDefault const& value);

} // namespace vm::bindings

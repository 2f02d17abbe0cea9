// Operations as data. A migration, autogenerate, lint and `--sql` all make or read these values; a dialect compiles
// them. Names are those of the Lua functions: op.drop_column is DropColumn.
#pragma once

#include "engine/schema/table.hpp"

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace vm::op {

using schema::Identifier;
using schema::Options;
using schema::TableName;

struct CreateTable {
  schema::Table table; ///< its indexes are made after it; `table.options` hold the dialects' own
  bool if_not_exists = false;
  bool temporary = false;
};

struct DropTable {
  TableName table;
  bool if_exists = false;
  bool cascade = false;
};

struct RenameTable {
  TableName table;
  Identifier new_name;
};

struct AddColumn {
  TableName table;
  schema::Column column; ///< unique, index, references and check become statements of their own where needed
  bool if_not_exists = false;
  std::optional<Identifier> insert_before = {}, insert_after = {};
};

struct DropColumn {
  TableName table;
  Identifier column;
  bool if_exists = false;
  bool cascade = false;
};

/// "Set to this" or "drop it"; the field that holds it is unset for "leave as it is".
template<typename T>
struct Change {
  std::optional<T> value = {}; ///< unset: drop
};

struct AlterColumn {
  TableName table;
  Identifier column;
  std::optional<schema::Type> type = {};
  std::optional<bool> nullable = {};
  std::optional<Change<schema::ServerDefault>> server_default = {};
  std::optional<Identifier> new_column_name = {};
  std::optional<Change<std::string>> comment = {};
  std::optional<std::string> using_expression = {}; ///< PostgreSQL: USING of a type change
  std::optional<bool> autoincrement = {};
  std::optional<Change<schema::Computed>> computed = {};
  std::optional<Change<schema::Identity>> identity = {};
  std::optional<std::string> collation = {};
  std::optional<Identifier> insert_before = {}, insert_after = {}; ///< batch only

  // What the column is now; needed offline on MariaDB, otherwise the database is asked.
  std::optional<schema::Type> existing_type = {};
  std::optional<bool> existing_nullable = {};
  std::optional<schema::ServerDefault> existing_server_default = {};
  std::optional<std::string> existing_comment = {};
  std::optional<bool> existing_autoincrement = {};
  Options options = {};
};

struct CreateIndex {
  TableName table;
  schema::Index index;
  bool concurrently = false;
  bool if_not_exists = false;
};

struct DropIndex {
  TableName index;                     ///< its schema is the table's
  std::optional<TableName> table = {}; ///< needed on MariaDB/MySQL; looked up there when left out
  bool concurrently = false;
  bool if_exists = false;
  bool cascade = false;
};

struct CreatePrimaryKey {
  TableName table;
  schema::PrimaryKey constraint;
};

struct CreateUniqueConstraint {
  TableName table;
  schema::UniqueConstraint constraint;
};

struct CreateForeignKey {
  TableName table;
  schema::ForeignKey constraint;
};

struct CreateCheckConstraint {
  TableName table;
  schema::CheckConstraint constraint;
};

struct CreateExcludeConstraint {
  TableName table;
  schema::ExcludeConstraint constraint;
};

struct ValidateConstraint {
  TableName table;
  Identifier name;
};

enum class ConstraintKind { unknown, primary, unique, foreignkey, check, exclude };

struct DropConstraint {
  TableName table;
  Identifier name;
  ConstraintKind kind = ConstraintKind::unknown;
  bool if_exists = false;
  bool cascade = false;
};

struct CreateTableComment {
  TableName table;
  std::string comment = {};
};

struct DropTableComment {
  TableName table;
};

struct CreateSchema {
  Identifier name;
  bool if_not_exists = false;
};

struct DropSchema {
  Identifier name;
  bool if_exists = false;
  bool cascade = false;
};

struct CreateEnum {
  TableName name;
  std::vector<std::string> values = {};
  bool if_not_exists = false;
};

struct DropEnum {
  TableName name;
  bool if_exists = false;
  bool cascade = false;
};

struct AlterEnum {
  struct Add {
    std::string value = {};
    std::optional<std::string> before = {}, after = {};
    bool if_not_exists = false;
  };
  TableName name;
  std::vector<Add> add = {};
  std::vector<std::pair<std::string, std::string>> rename = {}; ///< old, new
  std::vector<std::string> remove = {};                         ///< by replacing the type
  std::vector<std::pair<TableName, Identifier>> tables = {};    ///< SQLite and MariaDB: the columns that hold the enum
};

struct CreateView {
  TableName name;
  std::string definition = {}; ///< the SELECT
  std::vector<Identifier> columns = {};
  bool replace = false; ///< op.replace_view
  bool if_not_exists = false;
  bool materialized = false;
  bool with_data = true; ///< materialized only
  Options options = {};
};

struct DropView {
  TableName name;
  bool if_exists = false;
  bool cascade = false;
  bool materialized = false;
};

struct RefreshMaterializedView {
  TableName name;
  bool concurrently = false;
};

struct CreateFunction {
  TableName name;
  std::string arguments = {}; ///< between the parentheses, verbatim
  std::string returns = {};   ///< verbatim; empty for a procedure
  std::string language = {};  ///< PostgreSQL: "sql", "plpgsql" …
  std::string body = {};      ///< verbatim
  bool replace = false;
  bool procedure = false;
  Options options = {}; ///< "volatility", "security", "deterministic" …
};

struct DropFunction {
  TableName name;
  std::optional<std::string> arguments = {};
  bool if_exists = false;
  bool cascade = false;
  bool procedure = false;
};

struct CreateTrigger {
  Identifier name;
  TableName table;
  std::string timing = {};              ///< "BEFORE", "AFTER", "INSTEAD OF"
  std::vector<std::string> events = {}; ///< "INSERT", "UPDATE", "UPDATE OF a, b", "DELETE", "TRUNCATE"
  std::string level = {};               ///< "ROW" (default) or "STATEMENT"
  std::string when = {};                ///< condition, may be empty
  std::string body = {}; ///< SQLite/MariaDB: statements; PostgreSQL: "EXECUTE FUNCTION f()" or a function's call
  bool if_not_exists = false;
  bool replace = false;
};

struct DropTrigger {
  Identifier name;
  std::optional<TableName> table = {}; ///< needed on PostgreSQL
  bool if_exists = false;
  bool cascade = false;
};

struct CreateSequence {
  TableName name;
  std::string type = {};
  std::optional<std::int64_t> start = {}, increment = {}, minimum = {}, maximum = {}, cache = {};
  bool cycle = false;
  bool if_not_exists = false;
  std::optional<std::string> owned_by = {};
};

struct DropSequence {
  TableName name;
  bool if_exists = false;
  bool cascade = false;
};

struct CreateExtension {
  Identifier name;
  std::optional<Identifier> schema = {};
  std::optional<std::string> version = {};
  bool if_not_exists = false;
  bool cascade = false;
};

struct DropExtension {
  Identifier name;
  bool if_exists = false;
  bool cascade = false;
};

/// A cell of a row to insert: a value bound as a parameter, or SQL that goes in verbatim.
using Cell = std::variant<Value, schema::Expression>;

struct BulkInsert {
  TableName table;
  std::vector<Identifier> columns = {};
  std::vector<std::vector<Cell>> rows = {};    ///< each as long as `columns`
  std::optional<std::string> on_conflict = {}; ///< "ignore", or SQL text after ON CONFLICT
};

struct Insert {
  TableName table;
  std::vector<std::pair<Identifier, Cell>> values = {};
};

/// Named parameters of a user's SQL text, in the order of the table they came from.
using Parameters = std::vector<std::pair<std::string, Value>>;

struct Update {
  TableName table;
  std::vector<std::pair<Identifier, Cell>> set = {};
  std::optional<std::string> where = {}; ///< SQL text with :name parameters
  Parameters parameters = {};
};

struct Delete {
  TableName table;
  std::optional<std::string> where = {};
  Parameters parameters = {};
};

struct ExecuteSql {
  std::vector<std::string> texts = {};       ///< each one or several statements, verbatim
  std::optional<Parameters> parameters = {}; ///< unset: nothing in the text is a parameter
};

struct BatchAlterTable;

using Operation = std::variant<CreateTable, DropTable, RenameTable, AddColumn, DropColumn, AlterColumn, CreateIndex,
                               DropIndex, CreatePrimaryKey, CreateUniqueConstraint, CreateForeignKey,
                               CreateCheckConstraint, CreateExcludeConstraint, ValidateConstraint, DropConstraint,
                               CreateTableComment, DropTableComment, CreateSchema, DropSchema, CreateEnum, DropEnum,
                               AlterEnum, CreateView, DropView, RefreshMaterializedView, CreateFunction, DropFunction,
                               CreateTrigger, DropTrigger, CreateSequence, DropSequence, CreateExtension, DropExtension,
                               BulkInsert, Insert, Update, Delete, ExecuteSql, BatchAlterTable>;

/// Several changes of one table; on SQLite one rebuild.
struct BatchAlterTable {
  enum class Recreate { automatic, always, never };
  TableName table;
  Recreate recreate = Recreate::automatic;
  std::vector<Operation> operations = {}; ///< each about `table`
  Options options = {};
};

/// The Lua name: "create_table", "execute".
std::string_view name_of(Operation const& operation);

} // namespace vm::op

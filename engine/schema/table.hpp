// Columns, constraints, indexes and tables as plain values: what `sql.column()` and `sql.table()` make, what an
// inspector reads, what autogenerate compares.
#pragma once

#include "engine/core/value.hpp"
#include "engine/schema/identifier.hpp"
#include "engine/schema/type.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace vm::schema {

/// SQL text that goes in verbatim.
struct Expression {
  std::string sql = {};
  bool operator==(Expression const&) const = default;
};

/// A default the database fills in: a literal (quoted by the dialect) or an expression.
using ServerDefault = std::variant<Value, Expression>;

/// Options that only some dialects read ("mysql_engine" -> "InnoDB"), by full name. A dialect refuses names with its
/// own prefix that it does not know and ignores other prefixes.
using OptionValue =
    std::variant<bool, double, std::string, std::vector<std::string>, std::map<std::string, std::string>>;
using Options = std::map<std::string, OptionValue>;

enum class Deferral { unspecified, not_deferrable, initially_immediate, initially_deferred };

struct PrimaryKey {
  std::optional<Identifier> name = {};
  std::vector<Identifier> columns = {};
  bool operator==(PrimaryKey const&) const = default;
};

struct UniqueConstraint {
  std::optional<Identifier> name = {};
  std::vector<Identifier> columns = {};
  Deferral deferral = Deferral::unspecified;
  bool nulls_not_distinct = false;
  bool operator==(UniqueConstraint const&) const = default;
};

struct ForeignKey {
  std::optional<Identifier> name = {};
  std::vector<Identifier> columns = {};
  TableName referent;
  std::vector<Identifier> referent_columns = {}; ///< empty: the referent's primary key
  std::string ondelete = {}, onupdate = {};      ///< upper case, empty for the database's default (NO ACTION)
  std::string match = {};                        ///< "FULL", "SIMPLE" or empty
  Deferral deferral = Deferral::unspecified;
  bool not_valid = false;
  bool operator==(ForeignKey const&) const = default;
};

struct CheckConstraint {
  std::optional<Identifier> name = {};
  std::string condition = {};
  bool not_valid = false;
  bool operator==(CheckConstraint const&) const = default;
};

struct ExcludeConstraint {
  std::optional<Identifier> name = {};
  std::vector<std::pair<std::variant<Identifier, Expression>, std::string>> elements = {}; ///< what, operator
  std::string using_method = "gist";
  std::optional<std::string> where = {};
  Deferral deferral = Deferral::unspecified;
  bool operator==(ExcludeConstraint const&) const = default;
};

using Constraint = std::variant<PrimaryKey, UniqueConstraint, ForeignKey, CheckConstraint, ExcludeConstraint>;

/// A computed column. `persisted`: stored on disk (PostgreSQL 15 has nothing else).
struct Computed {
  std::string expression = {};
  std::optional<bool> persisted = {};
  bool operator==(Computed const&) const = default;
};

/// GENERATED … AS IDENTITY.
struct Identity {
  bool always = false;
  std::optional<std::int64_t> start = {}, increment = {}, minimum = {}, maximum = {}, cache = {};
  bool cycle = false;
  bool operator==(Identity const&) const = default;
};

struct Column {
  Identifier name;
  Type type;
  bool nullable = true;
  bool primary_key = false;
  bool unique = false;
  bool index = false;
  std::optional<bool> autoincrement = {}; ///< unset: the dialect's rule for a sole integer primary key
  std::optional<ServerDefault> server_default = {};
  std::optional<std::string> comment = {};
  std::optional<ForeignKey> references = {}; ///< columns empty: this one
  std::optional<CheckConstraint> check = {};
  std::optional<Computed> computed = {};
  std::optional<Identity> identity = {};
  std::optional<std::string> collation = {};
  Options options = {};
  std::optional<Identifier> renamed_from = {}; ///< only in a desired schema
  bool operator==(Column const&) const = default;
};

/// A column of an index or an expression, with its order.
struct IndexElement {
  std::variant<Identifier, Expression> what;
  bool descending = false;
  std::optional<bool> nulls_first = {};
  std::optional<std::string> operator_class = {};
  std::optional<int> length = {}; ///< MariaDB/MySQL prefix length
  std::optional<std::string> collation = {};
  bool operator==(IndexElement const&) const = default;
};

struct Index {
  std::optional<Identifier> name = {}; ///< unset: the naming convention's, else ix_<table>_<column>
  std::vector<IndexElement> elements = {};
  bool unique = false;
  bool nulls_not_distinct = false;
  std::optional<std::string> where = {};
  std::string using_method = {}; ///< "gin", "hash" …; empty: the database's default
  std::vector<Identifier> include = {};
  std::map<std::string, std::string> with = {}; ///< storage parameters
  Options options = {};
  bool operator==(Index const&) const = default;
};

struct Table {
  TableName name;
  std::vector<Column> columns = {};
  std::vector<Constraint> constraints = {}; ///< in the order written; column flags are not repeated here
  std::vector<Index> indexes = {};
  std::optional<std::string> comment = {};
  Options options = {};
  std::optional<Identifier> renamed_from = {};
  bool operator==(Table const&) const = default;

  Column const* find_column(Identifier const& column) const;
};

} // namespace vm::schema

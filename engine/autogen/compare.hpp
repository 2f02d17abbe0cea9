// From what a database is to what it should be: compares two catalogs and says what differs, as sentences for people
// and as operations that lead there and back. Connects to nothing and prints nothing.
//
// Both catalogs are as the database itself prints them. The desired schema gets there by being made in a scratch
// database (creation(), below) and read back: then types, defaults and expressions are spelled alike on both sides, and
// what differs is a difference. What a person wrote goes along, since that is what a new migration should say.
#pragma once

#include "engine/op/operation.hpp"
#include "engine/schema/catalog.hpp"
#include "engine/script/desired.hpp"
#include "engine/sql/dialect.hpp"

#include <functional>
#include <string>
#include <vector>

namespace vm::autogen {

struct Desired {
  script::DesiredSchema typed; ///< as written; for a target that is a database or a file of SQL: what `reflected` holds
  schema::Catalog reflected;   ///< the same, as the database prints it
};

/// Something that vanished and something that appeared and that look alike.
struct Rename {
  std::string kind;  ///< "table" or "column"
  std::string table; ///< of a column
  std::string from, to;
};

struct Options {
  script::ComparisonHooks hooks; ///< of env.lua
  /// Whether a person says that it is a rename. Unset: it is dropped and added, with a warning.
  std::function<bool(Rename const&)> is_rename;
};

struct Comparison {
  std::vector<std::string> findings;              ///< "added column 'customers.email_verified'", in a stable order
  std::vector<op::Operation> upgrade, downgrade;  ///< in an order that works; after process_operations
  std::vector<std::string> warnings;              ///< renames that may be meant
  std::vector<std::string> not_compared;          ///< what differs, or may, and no operation can change
  bool empty() const { return findings.empty(); } ///< the database is as desired
};

/// Tables named in neither catalog are not seen: vm's own are left out by who reads the catalogs. Throws what the hooks
/// throw.
Comparison compare(schema::Catalog database, Desired desired, sql::Dialect const& dialect, Options const& options = {});

/// What an inspector read, as a person would have written it: a sole integer key that counts by itself says nothing of
/// it, one that does not says so. For catalogs that stand in for a desired schema.
schema::Catalog as_written(schema::Catalog catalog);

/// Everything that makes the schema in an empty database, in an order that works.
std::vector<op::Operation> creation(script::DesiredSchema const& desired, sql::Dialect const& dialect);

} // namespace vm::autogen

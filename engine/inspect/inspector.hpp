// The port that reads a live schema into a catalog; every dialect folder implements it. One round trip per kind of
// thing, never per table.
#pragma once

#include "engine/db/session.hpp"
#include "engine/op/target.hpp"
#include "engine/schema/catalog.hpp"

namespace vm::inspect {

class Inspector {
 public:
  virtual ~Inspector() = default;

  /// The catalog, or the part of it the scope names. Tables named without a schema are looked up where the session
  /// would.
  virtual schema::Catalog read(op::InspectScope const& scope) = 0;

  // Cheap single questions for conditional migrations.
  virtual bool has_table(schema::TableName const& table) = 0;
};

} // namespace vm::inspect

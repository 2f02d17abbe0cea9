#include "engine/schema/catalog.hpp"

namespace vm::schema {

Table const* Catalog::find_table(TableName const& name) const {
  auto const found = tables.find(name);
  return found == tables.end() ? nullptr : &found->second;
}

} // namespace vm::schema

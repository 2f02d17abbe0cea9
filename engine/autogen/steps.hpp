// The operations of one direction, collected by what they are and given back in an order that works: what others stand
// on is made first and dropped last.
#pragma once

#include "engine/op/operation.hpp"

#include <array>
#include <vector>

namespace vm::autogen {

enum class Phase {
  rename,
  create_schema,
  create_extension,
  drop_trigger,
  drop_view,
  drop_foreign_key,
  drop_count, ///< a column that is no longer the key counts no longer
  drop_index,
  drop_constraint,
  drop_replaced, ///< columns that are added again
  drop_computed, ///< for good, before what they read is altered
  create_type,
  create_sequence,
  early_function, ///< mentions no table that is made here
  create_table,
  add_column,
  alter_column,
  add_computed, ///< after what they read
  drop_column,
  create_constraint,
  create_count,
  create_index,
  create_foreign_key,
  drop_table,
  late_function,
  create_view,
  create_trigger,
  comment,
  drop_function,
  drop_sequence,
  drop_type,
  drop_extension,
  drop_schema,
};

class Steps {
 public:
  void add(Phase phase, op::Operation operation) {
    phases_.at(static_cast<std::size_t>(phase)).push_back(std::move(operation));
  }
  std::vector<op::Operation> in_order() && {
    std::vector<op::Operation> all;
    for (auto& phase : phases_)
      for (auto& operation : phase) all.push_back(std::move(operation));
    return all;
  }

 private:
  std::array<std::vector<op::Operation>, static_cast<std::size_t>(Phase::drop_schema) + 1> phases_;
};

} // namespace vm::autogen

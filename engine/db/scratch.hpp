// A database that exists only for a while: to try migrations on, or to let the server read a schema that stands in a
// file. The ways to make one are the dialects'. Never the database of the project itself.
#pragma once

#include "engine/core/database_url.hpp"

#include <string>
#include <string_view>

namespace vm::db {

/// Empty when it is made, gone with its owner: the destructor drops it, whoever is still connected, and never throws.
/// What a killed process leaves behind carries `scratch_prefix` in its name and is dropped when the next one is made
/// there.
class ScratchDatabase {
 public:
  virtual ~ScratchDatabase() = default;
  virtual DatabaseUrl const& url() const = 0;
};

inline constexpr std::string_view scratch_prefix = "vm_scratch_";

/// "vm_scratch_4711_9f3c01aa": the process and something random.
std::string new_scratch_name();
/// Whether new_scratch_name() makes such names: nothing else is ever taken for a leftover.
bool is_scratch_name(std::string_view name);

} // namespace vm::db

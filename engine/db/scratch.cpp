#include "engine/db/scratch.hpp"

#include <fmt/format.h>

#include <random>
#include <unistd.h>

namespace vm::db {

std::string new_scratch_name() {
  std::random_device random;
  return fmt::format("{}{}_{:08x}", scratch_prefix, ::getpid(), random());
}

bool is_scratch_name(std::string_view name) {
  if (!name.starts_with(scratch_prefix)) return false;
  name.remove_prefix(scratch_prefix.size());
  auto const middle = name.find('_');
  return middle != std::string_view::npos && middle > 0 && name.size() == middle + 9 &&
         name.find_first_not_of("0123456789") == middle &&
         name.find_first_not_of("0123456789abcdef", middle + 1) == std::string_view::npos;
}

} // namespace vm::db

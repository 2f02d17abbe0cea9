#include "engine/dialect/registry.hpp"

#include "engine/core/error.hpp"
#include "engine/core/text.hpp"
#include "engine/dialect/mysql/backend.hpp"
#include "engine/dialect/postgresql/backend.hpp"
#include "engine/dialect/sqlite/backend.hpp"

#include <fmt/format.h>

#include <array>
#include <string>

namespace vm::dialect {

Backend const& backend_for(std::string_view dialect) {
  struct Entry {
    std::string name;
    Backend const& backend;
  };
  static std::array<Entry, 4> const entries{{{"sqlite", sqlite::backend()},
                                             {"postgresql", postgresql::backend()},
                                             {"mariadb", mysql::mariadb_backend()},
                                             {"mysql", mysql::mysql_backend()}}};
  std::vector<std::string> names;
  for (auto const& entry : entries) {
    if (entry.name == dialect) return entry.backend;
    names.push_back(entry.name);
  }
  ConfigError error{fmt::format("unknown dialect '{}'", dialect),
                    Hint{fmt::format("known are {}", quoted_list(names))}};
  if (auto const nearest = nearest_name(dialect, names)) error.add_hint({fmt::format("did you mean '{}'?", *nearest)});
  throw error;
}

} // namespace vm::dialect

// What can be known of a statement that ran outside a transaction and may have been cut off: whether it took effect,
// whether it may run again, what it leaves behind. A dialect answers by looking at the text; who runs it asks the
// database.
#pragma once

#include <string>
#include <vector>

namespace vm::sql {

struct Settlement {
  enum class Kind {
    unknown,    ///< only a person can tell
    repeatable, ///< running it once more ends the same
    compare,    ///< the probes answer otherwise once it took effect, and it takes effect as a whole or not at all
  };
  Kind kind = Kind::unknown;
  std::vector<std::string> probes = {}; ///< queries; "no such table" is an answer as well
  std::string ignored = {};             ///< digits after this text in an answer say nothing (they count rows)
  std::string leftovers = {};           ///< a query whose rows are statements to run before the next try; may be empty
};

} // namespace vm::sql

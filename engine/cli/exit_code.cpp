#include "engine/cli/exit_code.hpp"

namespace vm::cli {
namespace {

template<class E>
bool is(std::exception const& error) {
  return dynamic_cast<E const*>(&error) != nullptr;
}

} // namespace

ErrorClass classify(std::exception const& error) {
  if (is<UsageError>(error)) return {"usage", usage};
  if (is<ConfigError>(error)) return {"config", usage};
  if (is<ScriptError>(error)) return {"script", usage};
  if (is<GraphError>(error)) return {"graph", usage};
  if (is<MigrationError>(error)) return {"migration", failed};
  if (auto const* database = dynamic_cast<DatabaseError const*>(&error))
    return {"database", database->kind == DatabaseErrorKind::lock_timeout ? lock_not_obtained : failed};
  if (is<ConnectError>(error)) return {"connect", cannot_connect};
  if (is<LockError>(error)) return {"lock", lock_not_obtained};
  if (is<Interrupted>(error)) return {"interrupted", interrupted};
  return {"internal", failed};
}

} // namespace vm::cli

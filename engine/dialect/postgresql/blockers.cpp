#include "engine/dialect/postgresql/blockers.hpp"

namespace vm::dialect::postgresql {

namespace {

std::string text(Value const& value) {
  auto const* const found = std::get_if<std::string>(&value);
  return found == nullptr ? std::string{} : *found;
}

} // namespace

std::vector<db::Blocker> blockers(db::Session& watcher, std::string const& connection) {
  // A blocker without a process id is a prepared transaction (pid 0).
  Value const waiting{connection};
  auto const rows = watcher.all(
      "SELECT b.pid::text, a.usename::text, host(a.client_addr), a.application_name, a.state, "
      "extract(epoch FROM clock_timestamp() - coalesce(a.xact_start, a.state_change))::bigint::text || ' s', a.query "
      "FROM (SELECT DISTINCT unnest(pg_catalog.pg_blocking_pids($1::text::int)) AS pid) b "
      "LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = b.pid ORDER BY a.xact_start NULLS LAST",
      {&waiting, 1});
  std::vector<db::Blocker> result;
  for (auto const& row : rows) {
    db::Blocker blocker{text(row[0]), text(row[1]), text(row[2]), text(row[3]),
                        text(row[4]), text(row[5]), text(row[6])};
    if (blocker.process == "0") blocker.state = "a prepared transaction (see pg_prepared_xacts)";
    result.push_back(std::move(blocker));
  }
  return result;
}

} // namespace vm::dialect::postgresql

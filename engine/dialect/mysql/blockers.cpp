#include "engine/dialect/mysql/blockers.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vm::dialect::mysql {

namespace {

std::string text(Value const& value) {
  if (auto const* const number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
  auto const* const found = std::get_if<std::string>(&value);
  return found == nullptr ? std::string{} : *found;
}

constexpr std::string_view columns =
    "p.ID, p.USER, p.HOST, p.COMMAND, CAST(p.TIME AS CHAR), COALESCE(p.INFO, t.trx_query, '') ";

void add(std::vector<db::Blocker>& result, db::Session& watcher, std::string const& from, bool is_certain) {
  for (auto const& row : watcher.all(fmt::format("SELECT DISTINCT {} FROM {}", columns, from))) {
    db::Blocker blocker{text(row[0]), text(row[1]), text(row[2]), {}, text(row[3]), text(row[4]) + " s", text(row[5])};
    blocker.is_certain = is_certain;
    if (auto const port = blocker.host.rfind(':'); port != std::string::npos) blocker.host.resize(port);
    bool const known = std::any_of(result.begin(), result.end(),
                                   [&](db::Blocker const& other) { return other.process == blocker.process; });
    if (!known) result.push_back(std::move(blocker));
  }
}

} // namespace

std::vector<db::Blocker> blockers(db::Session& watcher, std::string const& connection) {
  std::vector<db::Blocker> result;
  constexpr std::string_view transactions = "LEFT JOIN information_schema.INNODB_TRX t ON t.trx_mysql_thread_id = p.ID";
  // A row that another transaction has locked.
  auto const has_waits = watcher.scalar("SELECT count(*) FROM information_schema.PLUGINS WHERE PLUGIN_NAME = "
                                        "'INNODB_LOCK_WAITS' AND PLUGIN_STATUS = 'ACTIVE'");
  if (has_waits == Value{std::int64_t{1}}) {
    add(result, watcher,
        fmt::format("information_schema.INNODB_LOCK_WAITS w "
                    "JOIN information_schema.INNODB_TRX me ON me.trx_id = w.requesting_trx_id "
                    "JOIN information_schema.INNODB_TRX t ON t.trx_id = w.blocking_trx_id "
                    "JOIN information_schema.PROCESSLIST p ON p.ID = t.trx_mysql_thread_id "
                    "WHERE me.trx_mysql_thread_id = {}",
                    connection),
        true);
  }
  if (!result.empty()) return result;
  auto const state = watcher.scalar("SELECT STATE FROM information_schema.PROCESSLIST WHERE ID = " + connection);
  if (!state || text(*state).find("lock") == std::string::npos) return result;
  // A table whose definition another session holds still. Who holds it is told by a plugin that is not always there.
  auto const has_plugin = watcher.scalar("SELECT count(*) FROM information_schema.PLUGINS WHERE PLUGIN_NAME = "
                                         "'METADATA_LOCK_INFO' AND PLUGIN_STATUS = 'ACTIVE'");
  if (has_plugin == Value{std::int64_t{1}}) {
    add(result, watcher,
        fmt::format("information_schema.METADATA_LOCK_INFO m "
                    "JOIN information_schema.PROCESSLIST me ON me.ID = {0} "
                    "JOIN information_schema.PROCESSLIST p ON p.ID = m.THREAD_ID {1} "
                    "WHERE m.THREAD_ID <> {0} AND m.TABLE_SCHEMA = me.DB AND INSTR(me.INFO, m.TABLE_NAME) > 0",
                    connection, transactions),
        true);
    if (!result.empty()) return result;
  }
  add(result, watcher,
      fmt::format("information_schema.PROCESSLIST me "
                  "JOIN information_schema.PROCESSLIST p ON p.ID <> me.ID AND p.ID <> CONNECTION_ID() "
                  "AND p.DB = me.DB AND p.STATE <> me.STATE {1} "
                  "WHERE me.ID = {0} AND (t.trx_id IS NOT NULL OR p.COMMAND <> 'Sleep') ORDER BY p.TIME DESC",
                  connection, transactions),
      false);
  return result;
}

} // namespace vm::dialect::mysql

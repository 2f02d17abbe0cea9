#include "engine/run/rehearsal.hpp"

#include <chrono>

namespace vm::run {

RehearsalSink::RehearsalSink(db::Session& session, sql::Dialect const& dialect, db::StatementObserver observer)
    : session_{session},
      dialect_{dialect},
      sink_{session, dialect, std::move(observer)} {}

void RehearsalSink::begin() {
  if (!sink_.in_transaction()) sink_.begin();
}

void RehearsalSink::rollback() {
  sink_.rollback();
}

template<class Run>
std::int64_t RehearsalSink::observed(sql::Statement const& statement, Run run) {
  begin();
  auto const start = std::chrono::steady_clock::now();
  auto const rows = run();
  if (!records_) {
    new_locks(); // vm's own
    return rows;
  }
  RehearsedStatement rehearsed;
  rehearsed.text = statement.text;
  rehearsed.rows_affected = rows;
  rehearsed.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  rehearsed.locks = new_locks();
  statements_.push_back(std::move(rehearsed));
  return rows;
}

std::int64_t RehearsalSink::execute(sql::Statement const& statement) {
  return observed(statement, [&] { return sink_.execute(statement); });
}

std::int64_t RehearsalSink::copy_in(sql::Statement const& statement) {
  return observed(statement, [&] { return session_.copy_in(statement.text, statement.copy_data); });
}

std::vector<RehearsedLock> RehearsalSink::new_locks() {
  std::vector<RehearsedLock> found;
  auto const query = dialect_.held_locks_query();
  if (query.empty()) return found;
  for (auto const& row : session_.all(query)) {
    auto const* relation = row.size() == 2 ? std::get_if<std::string>(&row[0]) : nullptr;
    auto const* mode = row.size() == 2 ? std::get_if<std::string>(&row[1]) : nullptr;
    if (relation && mode && locks_.emplace(*relation, *mode).second) found.push_back({*relation, *mode});
  }
  return found;
}

bool RehearsalSink::is_skipped(sql::Statement const& statement) const {
  if (statement.outside_transaction || dialect_.commits_implicitly(statement.text)) return true;
  return cut_off_;
}

std::string RehearsalSink::reason(sql::Statement const& statement) const {
  if (dialect_.commits_implicitly(statement.text)) return "it commits and cannot be rolled back";
  if (statement.outside_transaction) return "it cannot run in a transaction";
  return "it may build on one that was not rehearsed";
}

void RehearsalSink::skip(std::string const& text, std::string const& reason) {
  RehearsedStatement skipped;
  skipped.text = text;
  skipped.skipped = reason;
  statements_.push_back(std::move(skipped));
  // Where DDL can be rolled back, what stands outside is an index or a VACUUM, and the rest does not need it.
  if (!dialect_.capabilities().transactional_ddl) cut_off_ = true;
}

std::vector<RehearsedStatement> RehearsalSink::take() {
  return std::exchange(statements_, {});
}

} // namespace vm::run

// A dry run: the real statements on the real database in one transaction that is rolled back. What cannot be rolled
// back is not run, and said so.
#pragma once

#include "engine/db/sink.hpp"
#include "engine/run/report.hpp"

#include <set>
#include <string>
#include <vector>

namespace vm::run {

/// Sends everything into one transaction and keeps what each statement did. Whoever commits gets no commit.
class RehearsalSink : public db::Sink {
 public:
  /// `observer` as for db::SessionSink.
  RehearsalSink(db::Session& session, sql::Dialect const& dialect, db::StatementObserver observer = {});

  std::int64_t execute(sql::Statement const& statement) override;
  std::int64_t copy_in(sql::Statement const& statement);
  void begin() override;
  void commit() override {}
  void rollback() override;
  bool in_transaction() const override { return sink_.in_transaction(); }
  void comment(std::string_view) override {}

  /// Whether this statement can only be shown: it commits, or the database wants it outside a transaction, or one
  /// before it was of that kind and the database keeps no schema change from taking effect.
  bool is_skipped(sql::Statement const& statement) const;
  /// Notes what was not run, and why.
  void skip(std::string const& text, std::string const& reason);
  /// The reason for a statement that is_skipped().
  std::string reason(sql::Statement const& statement) const;
  /// From here on statements build on one that was not run.
  bool is_cut_off() const { return cut_off_; }

  /// The statements since the last call.
  std::vector<RehearsedStatement> take();
  /// vm's own statements are not part of the rehearsal.
  void record(bool on) { records_ = on; }

 private:
  template<class Run>
  std::int64_t observed(sql::Statement const& statement, Run run);
  std::vector<RehearsedLock> new_locks();

  db::Session& session_;
  sql::Dialect const& dialect_;
  db::SessionSink sink_;
  std::vector<RehearsedStatement> statements_;
  std::set<std::pair<std::string, std::string>> locks_; ///< relation, mode: held already
  bool records_ = true, cut_off_ = false;
};

} // namespace vm::run

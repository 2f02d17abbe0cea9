// `vm_backfill`: how far each backfill is, which ranges are taken, which rows were skipped. Made when a backfill starts
// and dropped when nothing needs it. Its rows are the checkpoint: they change in the transaction of the batch they
// speak of.
#pragma once

#include "engine/backfill/range.hpp"
#include "engine/db/session.hpp"
#include "engine/db/sink.hpp"
#include "engine/schema/identifier.hpp"
#include "engine/sql/dialect.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vm::backfill {

/// A backfill as the table holds it.
struct Progress {
  std::string job, revision;
  std::string definition; ///< what it was started with, Definition's text
  bool done = false;
  std::int64_t rows_done = 0, rows_changed = 0, rows_total = 0, rows_skipped = 0;
  double rate = 0;                    ///< rows a second since it was started or continued, by all processes
  std::optional<double> seconds_left; ///< unset while nobody can tell
  double seconds_since_update = 0;
  std::string started_at, updated_at; ///< UTC
};

struct Skipped {
  std::string key, error;
};

class Store {
 public:
  Store(schema::TableName name, sql::Dialect const& dialect, bool skip_locked)
      : name_{std::move(name)},
        dialect_{dialect},
        skip_locked_{skip_locked} {}

  schema::TableName const& name() const { return name_; }

  void create(db::Session& session) const;
  void drop(db::Session& session) const;
  bool is_empty(db::Session& session) const;
  bool is_there(db::Session& session) const;

  std::optional<Progress> find(db::Session& session, std::string const& job) const;
  std::vector<Progress> all(db::Session& session) const;

  void insert_job(db::Session& session, std::string const& job, std::string const& revision,
                  std::string const& definition, std::int64_t rows_total) const;
  /// Counts the rate from now on.
  void resume_job(db::Session& session, std::string const& job) const;
  /// The backfill lives, though nothing is written now.
  void touch(db::Session& session, std::string const& job) const;
  void finish_job(db::Session& session, std::string const& job) const;

  /// Where the next range begins; holds the job's row until the transaction ends. Unset in `key`: at the first row.
  struct Frontier {
    std::optional<Key> key;
    std::int64_t next_number = 0;
    bool exhausted = false;
  };
  Frontier lock_frontier(db::Session& session, std::string const& job) const;
  void advance(db::Session& session, std::string const& job, Range const& range) const;
  /// No row is left behind the frontier.
  void exhaust(db::Session& session, std::string const& job) const;

  /// Ranges that are cut and not done.
  std::vector<Range> open_ranges(db::Session& session, std::string const& job) const;
  /// False when somebody else has the range or has done it. Held until the transaction ends.
  bool claim(db::Session& session, std::string const& job, std::int64_t number) const;
  /// Gives the rows done so far, by everybody.
  std::int64_t finish_range(db::Session& session, std::string const& job, std::int64_t number, std::int64_t rows,
                            std::int64_t changed) const;
  void skip_row(db::Session& session, std::string const& job, std::string const& revision, std::string const& key,
                std::string const& error) const;
  std::vector<Skipped> skipped(db::Session& session, std::string const& job, std::int64_t most) const;

  /// Forgets the backfills of a revision; rows that were skipped stay for people to see unless `with_skipped`.
  void forget(db::Session& session, std::string const& revision, bool with_skipped) const;

 private:
  std::string where(std::string_view kind) const;
  std::string place(std::size_t index) const { return dialect_.placeholder(index); }
  std::string quoted() const { return dialect_.quote(name_); }

  schema::TableName name_;
  sql::Dialect const& dialect_;
  bool skip_locked_;
};

} // namespace vm::backfill

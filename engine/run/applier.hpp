// The engine's end of op::Target: compiles operations and sends them, opening, leaving and reopening the transaction as
// the statements need. One applier serves one step of a run.
#pragma once

#include "engine/db/session.hpp"
#include "engine/db/sink.hpp"
#include "engine/inspect/inspector.hpp"
#include "engine/op/fingerprint.hpp"
#include "engine/op/target.hpp"
#include "engine/run/backfills.hpp"
#include "engine/run/journal.hpp"
#include "engine/run/made_catalog.hpp"
#include "engine/run/rehearsal.hpp"
#include "engine/sql/dialect.hpp"

#include <functional>
#include <memory>
#include <optional>

namespace vm::run {

/// What an applier works with; everything outlives it.
struct ApplierContext {
  sql::Dialect const& dialect;
  db::Sink& sink;
  db::Session* session = nullptr;          ///< null offline
  inspect::Inspector* inspector = nullptr; ///< null offline
  schema::NamingConvention const& naming;
  op::Surroundings surroundings;
  bool in_transaction = true;      ///< statements run in a transaction unless they cannot
  bool shared_transaction = false; ///< the transaction spans several steps (`transaction = "all"`)
  std::function<void(std::string_view)> warn;
  std::function<bool()> interrupted;
  std::optional<schema::TableName> version_table = {}; ///< hidden, with vm's other tables, from whoever asks for all
  MadeCatalog* made = nullptr;                         ///< offline: what the run made so far; the steps share it
  Journal* journal = nullptr;           ///< remembers the steps, so that a stopped migration can go on; null offline
  RehearsalSink* rehearsal = nullptr;   ///< a dry run: the sink, which also says what not to run
  std::function<void()> on_commit = {}; ///< the open transaction was committed before the end of the migration
  Backfills* backfills = nullptr;       ///< null offline
};

class Applier : public op::Target {
 public:
  explicit Applier(ApplierContext context);
  ~Applier() override;

  op::Surroundings const& surroundings() const override { return context_.surroundings; }
  schema::NamingConvention const& naming() const override { return context_.naming; }
  op::Outcome apply(op::Operation const& operation, Location const& where) override;
  op::Outcome copy_rows(op::CopyRows const& copy, op::RowSource& rows, Location const& where) override;
  std::unique_ptr<op::Rows> query(std::string const& text, std::optional<op::Parameters> const& parameters,
                                  Location const& where) override;
  schema::Catalog inspect(op::InspectScope const& scope, Location const& where) override;
  void autocommit_block(std::function<void()> const& body, Location const& where) override;
  void backfill(op::Backfill const& job, op::TransformSource* function, Location const& where) override;

  /// A step that leaves the transaction and keeps a progress of its own (a backfill). What came before it is committed,
  /// the step is journaled as one; `body` returns the rows it changed and is called again when it did not end. Skipped,
  /// with the rows of then, where the journal says that it is done. Without a journal it leaves the transaction and
  /// runs.
  op::Outcome run_resumable(op::Fingerprint const& fingerprint, std::string const& description, Location const& where,
                            std::function<std::int64_t()> const& body);

  /// A section of a `.sql` migration that starts on `first_line` of `file`.
  void run_script(std::string_view text, std::string const& file, int first_line);

  /// Opens the transaction that the version row belongs to, unless it is open.
  void ensure_transaction();

  std::int64_t statements() const { return statements_; }
  /// Statements whose effect a rollback no longer undoes.
  std::int64_t committed() const { return committed_; }

 private:
  class LiveExisting;
  class MadeExisting;

  /// How a statement stands to transactions.
  enum class Mode {
    within,  ///< in the migration's transaction
    wrapped, ///< outside that one, in one of its own together with its journal row
    raw,     ///< in none: the journal says before and after
  };
  /// One operation with all that running and skipping it needs.
  struct Step {
    op::Fingerprint fingerprint;
    std::function<std::string()> describe;
    Location where;
    bool compiled = false;  ///< made by the dialect, not typed by a person
    bool temporary = false; ///< makes something that ends with the session
    std::function<std::vector<sql::Statement>()> statements;
    std::function<std::int64_t(sql::Statement const&)> execute; ///< unset: the sink's
  };

  // applier.cpp
  std::int64_t send(sql::Statement const& statement);
  std::int64_t execute(sql::Statement const& statement);
  std::vector<sql::Statement> pieces_of(op::ExecuteSql const& operation) const;
  sql::Statement statement_of(std::string const& text, std::optional<op::Parameters> const& parameters) const;
  void leave_transaction();
  sql::Existing const* existing();
  void check_interrupted() const;

  // applier_steps.cpp: with a journal
  op::Outcome run_step(Step const& step);
  void run_statement(JournalEntry& entry, Step const& step, std::vector<sql::Statement> const& statements,
                     std::size_t at);
  void run_within(JournalEntry& entry, Step const& step, sql::Statement const& statement, int at, bool is_last);
  void run_wrapped(JournalEntry& entry, Step const& step, sql::Statement const& statement, int at, bool ends,
                   bool is_last);
  void run_raw(JournalEntry& entry, Step const& step, sql::Statement const& statement, int at, bool is_last);
  void fail(JournalEntry& entry, std::exception const& error);
  void write_journal(); ///< in the open transaction, or by itself
  Mode mode_of(sql::Statement const& statement, bool compiled) const;
  void restore_session(Step const& step);
  std::size_t settle(JournalEntry& entry, std::vector<sql::Statement> const& statements);
  void sweep(sql::Statement const& statement);
  std::string ask(sql::Settlement const& settlement);
  std::unique_ptr<op::Rows> answer(std::string const& text, std::optional<op::Parameters> const& parameters,
                                   Location const& where);
  std::unique_ptr<op::Rows> answer_of_step(std::string const& text, std::optional<op::Parameters> const& parameters,
                                           Location const& where);
  schema::Catalog inspect_live(op::InspectScope const& scope);

  ApplierContext context_;
  std::unique_ptr<LiveExisting> live_;
  std::unique_ptr<MadeExisting> made_;
  int autocommit_depth_ = 0;
  std::int64_t statements_ = 0, committed_ = 0, in_open_transaction_ = 0;
};

} // namespace vm::run

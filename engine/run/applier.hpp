// The engine's end of op::Target: compiles operations and sends them, opening, leaving and reopening the transaction as
// the statements need. One applier serves one step of a run.
#pragma once

#include "engine/db/session.hpp"
#include "engine/db/sink.hpp"
#include "engine/inspect/inspector.hpp"
#include "engine/op/target.hpp"
#include "engine/run/made_catalog.hpp"
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
};

class Applier : public op::Target {
 public:
  explicit Applier(ApplierContext context);
  ~Applier() override;

  op::Surroundings const& surroundings() const override { return context_.surroundings; }
  schema::NamingConvention const& naming() const override { return context_.naming; }
  op::Outcome apply(op::Operation const& operation, Location const& where) override;
  std::unique_ptr<op::Rows> query(std::string const& text, std::optional<op::Parameters> const& parameters,
                                  Location const& where) override;
  schema::Catalog inspect(op::InspectScope const& scope, Location const& where) override;
  void autocommit_block(std::function<void()> const& body, Location const& where) override;

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

  std::int64_t send(sql::Statement const& statement);
  op::Outcome execute_sql(op::ExecuteSql const& operation);
  std::int64_t send_piece(std::string text, bool is_copy, std::string const& copy_data);
  sql::Existing const* existing();
  void check_interrupted() const;

  ApplierContext context_;
  std::unique_ptr<LiveExisting> live_;
  std::unique_ptr<MadeExisting> made_;
  int autocommit_depth_ = 0;
  std::int64_t statements_ = 0, committed_ = 0, in_open_transaction_ = 0;
};

} // namespace vm::run

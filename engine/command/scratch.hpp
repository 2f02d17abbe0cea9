// An environment of the project's own settings on a scratch database: to try operations and migrations there.
#pragma once

#include "engine/run/applier.hpp"
#include "engine/run/environment.hpp"

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

namespace vm::command {

/// Drops its database when it goes. Used by one thread, but for interrupt().
class Scratch {
 public:
  /// Beside the project's database. With `schema_will_do` a user who may make no database gets a schema in it instead,
  /// where the database has such things: only for operations that name no schema. `host` and `progress` outlive it.
  Scratch(run::Environment& project, script::Host& host, run::Progress& progress, bool schema_will_do);

  run::Environment& environment() { return *environment_; }
  db::Session& session() { return environment_->session(); }

  /// In one transaction where the database can; rolled back when one fails.
  void apply(std::vector<op::Operation> const& operations);
  /// Outside a transaction: a file that a database's own client wrote may open one itself.
  void run_script(std::string_view text, std::string const& file);
  void with_target(std::function<void(run::Applier&)> const& body, bool in_transaction = true);
  /// Without vm's own tables.
  schema::Catalog read();
  void interrupt() noexcept { environment_->interrupt(); }

 private:
  std::unique_ptr<db::ScratchDatabase> database_;
  std::unique_ptr<run::Environment> environment_; ///< its session ends before the database is dropped
};

/// Takes vm's own tables out.
void leave_out_own_tables(schema::Catalog& catalog, schema::TableName const& version_table);

} // namespace vm::command

// An opened project: configuration, scripts, graph, dialect; the session on first need. Every command starts from one.
#pragma once

#include "engine/config/config.hpp"
#include "engine/db/session.hpp"
#include "engine/dialect/registry.hpp"
#include "engine/graph/graph.hpp"
#include "engine/run/progress.hpp"
#include "engine/script/host.hpp"

#include <memory>
#include <optional>

namespace vm::run {

class Environment {
 public:
  /// `host` outlives the environment. Nothing is read or opened yet.
  Environment(config::Config config, script::Host& host, Progress& progress);
  ~Environment();
  Environment(Environment const&) = delete;
  Environment& operator=(Environment const&) = delete;

  config::Config const& config() const { return config_; }
  script::Host& host() { return host_; }
  Progress& progress() { return progress_; }

  /// Reads every script on first use. With `and_connect` the database is opened meanwhile on another thread, because both
  /// take their time on large projects. Throws ScriptError (all broken files at once), GraphError, ConfigError.
  graph::Graph const& graph(bool and_connect = false);
  /// The header of a revision; graph() was called before.
  script::Header const& header(graph::Index revision) const { return headers_[revision]; }
  script::Environment const& script_environment();

  DatabaseUrl const& url();
  dialect::Backend const& backend();
  db::Session& session();               ///< connects on first use; throws ConnectError
  bool is_connected() const { return session_ != nullptr; }
  sql::Dialect const& dialect();        ///< by the connected server
  db::ConnectOptions connect_options() const;

  /// Name of the version table after env.lua had its say.
  schema::TableName version_table();

  /// The rows of the version table, sorted; empty when there is no table. Connects.
  std::vector<std::string> applied_rows();

 private:
  void connect();
  void read_scripts();

  config::Config config_;
  script::Host& host_;
  Progress& progress_;
  std::optional<script::Environment> script_environment_;
  std::vector<script::Header> headers_;
  std::optional<graph::Graph> graph_;
  std::optional<DatabaseUrl> url_;
  std::unique_ptr<db::Session> session_;
  std::unique_ptr<sql::Dialect> dialect_;
};

} // namespace vm::run

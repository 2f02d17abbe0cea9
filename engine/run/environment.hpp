// An opened project: configuration, scripts, graph, dialect; the session on first need. Every command starts from one.
#pragma once

#include "engine/config/config.hpp"
#include "engine/db/session.hpp"
#include "engine/dialect/registry.hpp"
#include "engine/graph/graph.hpp"
#include "engine/run/history_table.hpp"
#include "engine/run/progress.hpp"
#include "engine/run/version_table.hpp"
#include "engine/script/host.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
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

  /// Reads every script on first use. With `and_connect` the database is opened meanwhile on another thread, because
  /// both take their time on large projects. Throws ScriptError (all broken files at once), GraphError, ConfigError.
  graph::Graph const& graph(bool and_connect = false);
  /// The header of a revision; graph() was called before.
  script::Header const& header(graph::Index revision) const { return headers_[revision]; }
  script::Environment const& script_environment();

  DatabaseUrl const& url();
  /// Another database than the configuration's; before anything connected.
  void use_url(DatabaseUrl url) { url_ = std::move(url); }
  dialect::Backend const& backend();
  bool database_exists(); ///< false: an SQLite file that is not there yet; no connection is made
  db::Session& session(); ///< connects on first use; throws ConnectError
  bool is_connected() const { return session_ != nullptr; }
  /// How long session() waits for a server that has no connection to spare; 0, the default: not at all.
  void wait_when_full(double seconds) { full_timeout_ = seconds; }
  /// Closes the connection; session() makes a new one, inspector() another inspector.
  void disconnect();
  /// After the connection was lost: closes it and tries to open another for `seconds`, with growing pauses. False when
  /// the server did not come back or the run was interrupted.
  bool reconnect(double seconds);
  sql::Dialect const& dialect(); ///< by the connected server
  inspect::Inspector& inspector();
  db::ConnectOptions connect_options() const;
  std::unique_ptr<sql::Dialect> offline_dialect(std::string const& name); ///< without a connection; empty: the URL's

  /// Name of the version table after env.lua had its say.
  schema::TableName version_table_name();
  /// Patterns of the configuration, those of env.lua in front; the limit is the dialect's.
  schema::NamingConvention naming(sql::Dialect const& dialect);

  /// The rows of the version table, sorted; empty when there is no table or no database yet. Connects; read once.
  std::vector<std::string> const& applied_rows();
  /// Reads them again; nullopt when there is no version table.
  std::optional<std::vector<std::string>> read_rows();
  bool has_version_table(); ///< as applied_rows() found it

  /// While it lives, what scripts print goes nowhere: they only run to see what they would do.
  class Silence {
   public:
    explicit Silence(Environment& environment) : environment_{environment} { environment_.scripts_are_silent_ = true; }
    ~Silence() { environment_.scripts_are_silent_ = false; }
    Silence(Silence const&) = delete;
    Silence& operator=(Silence const&) = delete;

   private:
    Environment& environment_;
  };
  Silence silence_scripts() { return Silence{*this}; }
  bool scripts_are_silent() const { return scripts_are_silent_; }

  /// Stops what runs: the statement on the server, the script, the wait for the lock. From any thread.
  void interrupt() noexcept;
  /// What interrupt() does besides, on its thread; it must not throw. Empty: nothing. When this returns, an earlier one
  /// is not running and will not run any more.
  void also_interrupt(std::function<void()> action);
  bool interrupted() const { return interrupted_; }

 private:
  void read_scripts();
  std::unique_ptr<db::Session> connect_when_free();
  dialect::Settings dialect_settings() const;

  config::Config config_;
  script::Host& host_;
  Progress& progress_;
  std::optional<script::Environment> script_environment_;
  std::vector<script::Header> headers_;
  std::optional<graph::Graph> graph_;
  std::optional<DatabaseUrl> url_;
  std::unique_ptr<db::Session> session_;
  std::unique_ptr<sql::Dialect> dialect_;
  std::unique_ptr<inspect::Inspector> inspector_;
  std::optional<std::vector<std::string>> rows_;
  bool has_version_table_ = false;
  double full_timeout_ = 0;
  bool scripts_are_silent_ = false;
  std::atomic<bool> interrupted_ = false;
  std::function<void()> also_interrupt_;
  std::mutex also_mutex_;    ///< held while also_interrupt_ runs
  std::mutex session_mutex_; ///< interrupt() reads session_ while it may be made
};

/// What scripts are given, from the configuration and the command line.
script::HostOptions host_options(config::Config const& config, std::map<std::string, std::string> arguments,
                                 bool unsafe);

} // namespace vm::run

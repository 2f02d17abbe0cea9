#include "engine/run/environment.hpp"

#include "engine/script/directory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <random>
#include <thread>

namespace vm::run {

Environment::Environment(config::Config config, script::Host& host, Progress& progress)
    : config_{std::move(config)},
      host_{host},
      progress_{progress} {}

Environment::~Environment() = default;

script::Environment const& Environment::script_environment() {
  if (!script_environment_) script_environment_ = host_.load_environment(config_.script_location / "env.lua");
  return *script_environment_;
}

void Environment::read_scripts() {
  headers_ = script::read_headers(script::find_scripts(config_.version_locations), host_);
  std::vector<graph::Revision> revisions;
  revisions.reserve(headers_.size());
  for (auto const& header : headers_) revisions.push_back(script::to_revision(header, config_.project));
  graph_ = graph::Graph::build(std::move(revisions));
}

graph::Graph const& Environment::graph(bool and_connect) {
  if (graph_) return *graph_;
  script_environment();
  std::future<void> rows;
  if (and_connect && !rows_) rows = std::async(std::launch::async, [this] { applied_rows(); });
  read_scripts();
  if (rows.valid()) rows.get();
  return *graph_;
}

DatabaseUrl const& Environment::url() {
  if (!url_) url_ = config::database_url(config_);
  return *url_;
}

dialect::Backend const& Environment::backend() {
  return dialect::backend_for(url().dialect);
}

bool Environment::database_exists() {
  return backend().exists(url());
}

db::ConnectOptions Environment::connect_options() const {
  db::ConnectOptions options;
  options.lock_timeout = config_.lock_timeout.value_or(config::default_statement_lock_timeout);
  if (config_.run_lock_timeout) options.lock_timeout = std::min(*options.lock_timeout, *config_.run_lock_timeout);
  options.statement_timeout = config_.statement_timeout;
  return options;
}

db::Session& Environment::session() {
  if (!session_) {
    auto session = connect_when_free();
    std::lock_guard const guard{session_mutex_};
    session_ = std::move(session);
  }
  return *session_;
}

std::unique_ptr<db::Session> Environment::connect_when_free() {
  using clock = std::chrono::steady_clock;
  auto const deadline =
      clock::now() + std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>(full_timeout_));
  std::minstd_rand random{std::random_device{}()};
  for (double pause = 0.05;; pause = std::min(pause * 1.5, 0.5)) {
    try {
      return backend().connect(url(), connect_options());
    } catch (ConnectError& error) {
      if (!error.is_full || full_timeout_ <= 0) throw;
      if (interrupted_) throw Interrupted{"interrupted while waiting for a connection"};
      if (clock::now() >= deadline) {
        error.add_note({"waited", fmt::format("{} s", full_timeout_)});
        throw;
      }
    }
    std::this_thread::sleep_for(
        std::chrono::duration<double>(pause * std::uniform_real_distribution<double>{0.5, 1.5}(random)));
  }
}

void Environment::disconnect() {
  inspector_.reset();
  std::lock_guard const guard{session_mutex_};
  session_.reset();
}

bool Environment::reconnect(double seconds) {
  using clock = std::chrono::steady_clock;
  disconnect();
  auto const deadline =
      clock::now() + std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>(seconds));
  for (double pause = 0.1; !interrupted_ && clock::now() < deadline; pause = std::min(pause * 1.5, 2.0)) {
    try {
      session();
      return true;
    } catch (ConnectError const&) {
      // It is not there yet.
    }
    auto const until = clock::now() + std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>(pause));
    while (!interrupted_ && clock::now() < until) std::this_thread::sleep_for(std::chrono::milliseconds{20});
  }
  return false;
}

sql::Dialect const& Environment::dialect() {
  if (!dialect_) dialect_ = backend().dialect(&session().server(), dialect_settings());
  return *dialect_;
}

inspect::Inspector& Environment::inspector() {
  if (!inspector_) inspector_ = backend().inspector(session());
  return *inspector_;
}

dialect::Settings Environment::dialect_settings() const {
  return {.identity_keys = config_.postgresql_primary_key == "identity"};
}

std::unique_ptr<sql::Dialect> Environment::offline_dialect(std::string const& name) {
  return dialect::backend_for(name.empty() ? url().dialect : name).dialect(nullptr, dialect_settings());
}

schema::TableName Environment::version_table_name() {
  auto const& environment = script_environment();
  schema::TableName name{std::nullopt, schema::Identifier{environment.version_table.value_or(config_.version_table)}};
  if (config_.version_table_schema) name.schema = schema::Identifier{*config_.version_table_schema};
  return name;
}

schema::NamingConvention Environment::naming(sql::Dialect const& dialect) {
  schema::NamingConvention convention;
  convention.patterns = script_environment().naming_convention;
  for (auto const& [kind, pattern] : config_.naming_convention) convention.patterns.emplace(kind, pattern);
  convention.name_limit = dialect.capabilities().identifier_limit;
  convention.limit_in_characters = dialect.capabilities().identifier_limit_in_characters;
  convention.check();
  return convention;
}

std::optional<std::vector<std::string>> Environment::read_rows() {
  VersionTable const table{version_table_name(), dialect()};
  return table.read(session(), inspector());
}

std::vector<std::string> const& Environment::applied_rows() {
  if (!rows_) {
    std::optional<std::vector<std::string>> rows;
    if (database_exists()) rows = read_rows();
    has_version_table_ = rows.has_value();
    rows_ = std::move(rows).value_or(std::vector<std::string>{});
  }
  return *rows_;
}

bool Environment::has_version_table() {
  applied_rows();
  return has_version_table_;
}

void Environment::interrupt() noexcept {
  interrupted_ = true;
  host_.interrupt();
  {
    std::lock_guard const guard{also_mutex_};
    if (also_interrupt_) also_interrupt_();
  }
  std::lock_guard const guard{session_mutex_};
  if (session_) session_->cancel();
}

void Environment::also_interrupt(std::function<void()> action) {
  std::lock_guard const guard{also_mutex_};
  also_interrupt_ = std::move(action);
  if (interrupted_ && also_interrupt_) also_interrupt_();
}

script::HostOptions host_options(config::Config const& config, std::map<std::string, std::string> arguments,
                                 bool unsafe) {
  script::HostOptions options;
  options.project = config.project;
  options.library_path = config.library_path;
  options.libraries = config.libraries;
  options.arguments = std::move(arguments);
  options.allow_env = config.allow_env;
  options.memory_limit = config.memory_limit;
  options.time_limit = config.time_limit;
  options.unsafe = unsafe;
  return options;
}

} // namespace vm::run

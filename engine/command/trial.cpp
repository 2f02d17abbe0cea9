#include "engine/command/trial.hpp"

#include "engine/command/schema_equality.hpp"
#include "engine/core/files.hpp"
#include "engine/core/text.hpp"
#include "engine/op/backfill.hpp"
#include "engine/run/runner.hpp"
#include "engine/script/directory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace vm::command {
namespace {

/// Hands everything on and writes down which tables a migration changes the rows of.
class RecordingTarget final : public op::Target {
 public:
  RecordingTarget(op::Target& target, TouchedTables& touched) : target_{target}, touched_{touched} {}

  op::Surroundings const& surroundings() const override { return target_.surroundings(); }
  schema::NamingConvention const& naming() const override { return target_.naming(); }
  op::Outcome apply(op::Operation const& operation, Location const& where) override {
    touched_.add(operation);
    return target_.apply(operation, where);
  }
  std::unique_ptr<op::Rows> query(std::string const& text, std::optional<op::Parameters> const& parameters,
                                  Location const& where) override {
    // A SELECT changes nothing, unless it calls what does.
    if (!lower(trim(text)).starts_with("select")) touched_.add_text(text);
    return target_.query(text, parameters, where);
  }
  schema::Catalog inspect(op::InspectScope const& scope, Location const& where) override {
    return target_.inspect(scope, where);
  }
  void autocommit_block(std::function<void()> const& body, Location const& where) override {
    target_.autocommit_block(body, where);
  }
  void backfill(op::Backfill const& job, op::TransformSource* function, Location const& where) override {
    touched_.add_text(job.table.name.text());
    target_.backfill(job, function, where);
  }

 private:
  op::Target& target_;
  TouchedTables& touched_;
};

graph::RowChange inverse(graph::RowChange const& change) {
  using Kind = graph::RowChange::Kind;
  auto const kind = change.kind == Kind::insert   ? Kind::remove
                    : change.kind == Kind::remove ? Kind::insert
                                                  : Kind::update;
  return {kind, change.to, change.from};
}

} // namespace

/// The project's host with a target that records in between.
class Trial::Recorder final : public script::Host {
 public:
  Recorder(script::Host& host, TouchedTables& touched) : host_{host}, touched_{touched} {}

  script::Environment load_environment(std::filesystem::path const& file) override {
    return host_.load_environment(file);
  }
  std::vector<script::ReadResult> read_headers(std::span<std::filesystem::path const> files) override {
    return host_.read_headers(files);
  }
  void run(script::Header const& script, graph::Direction direction, op::Target& target) override {
    RecordingTarget recording{target, touched_};
    host_.run(script, direction, recording);
  }
  void before_migration(script::Header const& script, graph::Direction direction, op::Target& target) override {
    RecordingTarget recording{target, touched_};
    host_.before_migration(script, direction, recording);
  }
  void after_migration(script::Header const& script, graph::Direction direction, op::Target& target) override {
    RecordingTarget recording{target, touched_};
    host_.after_migration(script, direction, recording);
  }
  bool call(script::Header const& script, std::string_view function, op::Target& target) override {
    return host_.call(script, function, target);
  }
  void interrupt() noexcept override { host_.interrupt(); }

 private:
  script::Host& host_;
  TouchedTables& touched_;
};

namespace {

/// The scratch database as it is. Where a schema is a database of the server, as the scratch database itself is then,
/// others come and go meanwhile: they are not counted.
schema::Catalog read_schema(Scratch& scratch) {
  auto catalog = scratch.read();
  auto const& own = scratch.environment().url().database;
  if (std::any_of(catalog.schemas.begin(), catalog.schemas.end(), [&](auto const& name) { return name.text() == own; }))
    catalog.schemas.clear();
  return catalog;
}

} // namespace

class Trial::Quiet final : public run::Progress {
 public:
  void context(std::string_view, std::string_view, bool) override {}
  void step_started(run::StepReport const&) override {}
  void step_ended(run::StepReport const&) override {}
  void waiting_for_lock(std::string_view) override {}
  void warning(std::string_view) override {}
  void script_log(std::string_view, std::string_view, int) override {}
  void statement(std::string_view, double) override {}
};

std::vector<TrialStep> trial_steps(graph::Graph const& graph) {
  std::vector<TrialStep> steps;
  if (graph.size() == 0) return steps;
  for (auto& up : graph::plan_upgrade(graph, {}, "heads").steps) {
    auto down = up;
    down.direction = graph::Direction::downgrade;
    std::swap(down.from, down.to);
    down.rows.clear();
    std::transform(up.rows.rbegin(), up.rows.rend(), std::back_inserter(down.rows), inverse);
    steps.push_back({std::move(up), std::move(down)});
  }
  return steps;
}

Trial::Trial(run::Environment& project, TestOptions const& options, std::vector<TrialStep> const& steps)
    : project_{project},
      options_{options},
      steps_{steps},
      host_{options.make_host()},
      progress_{std::make_unique<Quiet>()},
      recorder_{std::make_unique<Recorder>(*host_, touched_)} {
  start();
}

Trial::~Trial() = default;

void Trial::start() {
  {
    std::lock_guard const guard{mutex_};
    scratch_.reset();
    applied_ = 0;
  }
  auto scratch = std::make_unique<Scratch>(project_, *recorder_, *progress_, false);
  std::lock_guard const guard{mutex_};
  scratch_ = std::move(scratch);
  if (interrupted_) throw Interrupted{"interrupted; the scratch database is dropped"};
}

void Trial::interrupt() noexcept {
  interrupted_ = true;
  std::lock_guard const guard{mutex_};
  if (scratch_) scratch_->interrupt();
}

void Trial::run(graph::Step const& step) {
  run::run_plan(scratch_->environment(), [&](graph::Graph const&, std::vector<std::string> const&) {
    return graph::Plan{{step}, {}};
  });
}

bool Trial::reach(std::size_t step) {
  if (unusable_ || applied_ == step) return !unusable_;
  try {
    graph::Plan plan;
    for (auto i = applied_; i < step; ++i) plan.steps.push_back(steps_[i].up);
    run::run_plan(scratch_->environment(), [&](graph::Graph const&, std::vector<std::string> const&) { return plan; });
    applied_ = step;
    return true;
  } catch (Interrupted const&) {
    throw;
  } catch (Error const&) {
    if (interrupted_) throw Interrupted{"interrupted; the scratch database is dropped"};
    unusable_ = true;
    return false;
  }
}

/// After a failure nobody knows what the database is: a new one, brought behind the step without a test.
void Trial::recover(std::size_t step) {
  start();
  reach(step + 1);
}

/// The script's own rows. Again after the second upgrade, for tables that the downgrade took; rows that stayed are in
/// the way then.
void Trial::sample(std::size_t step, bool again) {
  auto& environment = scratch_->environment();
  auto const& header = environment.header(*steps_[step].up.revision);
  if (header.language != script::Language::lua) return;
  try {
    scratch_->with_target([&](run::Applier& applier) { host_->call(header, "sample", applier); });
  } catch (DatabaseError const& error) {
    if (!again || error.kind != DatabaseErrorKind::constraint) throw;
  }
}

/// What the database holds at one moment of a test.
struct Trial::Attempt {
  schema::Catalog catalog;
  Data data;
  explicit Attempt(Scratch& scratch) : catalog{read_schema(scratch)}, data{read_data(scratch, catalog)} {}
};

RevisionTest Trial::test(std::size_t step) {
  auto const started = std::chrono::steady_clock::now();
  auto& environment = scratch_->environment();
  auto const& [up, down] = steps_[step];
  environment.graph();
  auto const& header = environment.header(*up.revision);
  RevisionTest result;
  result.revision = header.revision;
  result.message = header.message;
  result.path = header.path;

  auto const fail = [&](std::string_view during, std::string failure, std::vector<std::string> details) {
    result.outcome = TestOutcome::failed;
    result.during = during;
    result.failure = std::move(failure);
    result.details = std::move(details);
  };
  auto const check = [&](std::string_view during, std::string failure, std::vector<std::string> details) {
    if (!details.empty()) fail(during, std::move(failure), std::move(details));
    return result.outcome == TestOutcome::passed;
  };
  auto const run_step = [&](graph::Step const& one) {
    touched_.clear();
    if (header.language == script::Language::sql)
      if (auto const section = script::sql_section(
              read_file(header.path), one.direction == graph::Direction::upgrade ? "upgrade" : "downgrade"))
        touched_.add_text(section->text);
    run(one);
  };
  std::string during = "upgrade";
  try {
    if (options_.rows) {
      auto const catalog = scratch_->read();
      result.warnings = add_rows(*scratch_, catalog, read_data(*scratch_, catalog));
    }
    Attempt const before{*scratch_};
    run_step(up);
    Attempt const first{*scratch_};
    bool sound = check(during, "the upgrade loses data", lost_data(before.data, first.data, touched_));
    if (sound) {
      during = "sample";
      sample(step, false);
    }
    if (sound && !header.has_downgrade) result.outcome = TestOutcome::irreversible;
    if (sound && header.has_downgrade) {
      auto const filled = read_data(*scratch_, first.catalog);
      during = "downgrade";
      run_step(down);
      Attempt const undone{*scratch_};
      sound = check(during, "the downgrade does not lead back", schema_differences(before.catalog, undone.catalog)) &&
              check(during, "the downgrade loses data", lost_data(filled, undone.data, touched_));
    }
    if (sound && header.has_downgrade) {
      during = "second upgrade";
      run_step(up);
      sound = check(during, "the second upgrade makes another schema than the first",
                    schema_differences(first.catalog, read_schema(*scratch_)));
      if (sound) sample(step, true);
    }
  } catch (Interrupted const&) {
    throw;
  } catch (Error const& error) {
    if (interrupted_) throw Interrupted{"interrupted; the scratch database is dropped"};
    std::vector<std::string> details;
    if (error.location()) details.push_back("at " + to_string(*error.location()));
    if (auto const* database = dynamic_cast<DatabaseError const*>(&error); database && !database->statement.empty())
      details.push_back("statement: " + database->statement);
    for (auto const& note : error.notes())
      if (note.label != "revision" && note.label != "database")
        details.push_back(fmt::format("{}: {}", note.label, note.text));
    fail(during, error.message(), std::move(details));
  }
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  applied_ = step + 1;
  if (result.outcome == TestOutcome::failed) recover(step);
  return result;
}

} // namespace vm::command

#include "engine/cli/backfill_output.hpp"
#include "engine/cli/verb.hpp"
#include "engine/core/error.hpp"
#include "engine/core/text.hpp"

#include <fmt/format.h>

#include <sstream>

namespace vm::cli {
namespace {

// `--sql` and what goes with it. As text the script goes to standard output while it is made; for --json it is kept.
class OfflineFlags {
 public:
  void define(Arguments& arguments) {
    arguments.flag("--sql", sql_, "print the SQL instead of running it");
    arguments.option("--dialect", "NAME", dialect_, "with --sql: no connection, from base, in this dialect");
  }

  bool is_set() const { return sql_; }

  command::OfflineOptions options(Invocation& invocation) {
    if (dialect_ && !sql_) throw UsageError{"--dialect goes with --sql"};
    if (!sql_) return {};
    return {invocation.global().json ? &kept_ : &invocation.streams().out, dialect_.value_or("")};
  }

  std::string kept() const { return kept_.str(); }

 private:
  bool sql_ = false;
  std::optional<std::string> dialect_;
  std::ostringstream kept_;
};

// What upgrade, downgrade and stamp share.
class RunVerb : public Verb {
 protected:
  void define_run(Arguments& arguments) {
    offline_.define(arguments);
    arguments.option("--tag", "TEXT", open_.tag, "given to scripts as vm.args.tag");
    arguments.duration("--lock-timeout", open_.lock_timeout,
                       "how long to wait for another run to end, 60s by default: 30, 500ms, 2m; a statement waits for "
                       "its own locks no longer than that, nor than lock_timeout of vm.toml (5s)");
  }

  int finish(Invocation& invocation, run::RunReport const& report) {
    invocation.log().write(LogLevel::info, "vm.migration", summary_text(report));
    invocation.output().print(report, offline_.kept());
    return done;
  }

  OfflineFlags offline_;
  OpenOptions open_;
};

class Upgrade : public RunVerb {
 public:
  void define(Arguments& arguments) override {
    arguments.positional("TARGET", options_.target, Arguments::Need::optional, "where to (default: head)");
    arguments.flag("--plan", plan_, "list what would run, and stop");
    arguments.flag("--dry-run", options_.dry_run, "run everything in one transaction and roll it back");
    arguments.flag("--restart", options_.restart, "begin a migration that stopped half way at its first step again");
    arguments.flag("--backup", options_.backup, "copy the database into backups/ before the first statement");
    define_run(arguments);
    arguments.example("vm run upgrade", "apply everything");
    arguments.example("vm run upgrade +1", "one step");
    arguments.example("vm run upgrade heads --sql", "the SQL from where the database is");
  }

  int run(Invocation& invocation) override {
    options_.offline = offline_.options(invocation);
    if (options_.dry_run && (plan_ || offline_.is_set()))
      throw UsageError{"--dry-run runs the migrations, --plan and --sql do not", Hint{"give one of them"}};
    auto& environment = invocation.open(open_);
    if (plan_) {
      invocation.output().print(command::plan_upgrade(options_, environment));
      return done;
    }
    return finish(invocation, command::upgrade(options_, environment));
  }

 private:
  command::UpgradeOptions options_;
  bool plan_ = false;
};

class Downgrade : public RunVerb {
 public:
  void define(Arguments& arguments) override {
    arguments.positional("TARGET", options_.target, Arguments::Need::optional,
                         "where to; that revision stays (default: -1)");
    arguments.flag("--plan", plan_, "list what would be undone, and stop");
    arguments.flag("--dry-run", options_.dry_run, "run everything in one transaction and roll it back");
    arguments.flag("--restart", options_.restart, "begin a migration that stopped half way at its first step again");
    arguments.flag("--backup", options_.backup, "copy the database into backups/ before the first statement");
    arguments.flag("-y,--yes", yes_, "do not ask; in a protected environment together with --env NAME");
    define_run(arguments);
    arguments.example("vm run downgrade -1", "undo the last step");
    arguments.example("vm run downgrade base", "undo everything");
  }

  int run(Invocation& invocation) override {
    options_.offline = offline_.options(invocation);
    if (options_.dry_run && (plan_ || offline_.is_set()))
      throw UsageError{"--dry-run runs the migrations, --plan and --sql do not", Hint{"give one of them"}};
    auto& environment = invocation.open(open_);
    if (plan_) {
      invocation.output().print(command::plan_downgrade(options_, environment));
      return done;
    }
    if (!offline_.is_set() && !options_.dry_run) {
      bool const is_named = yes_ && invocation.global().env == environment.config().env;
      if (environment.config().is_protected && !is_named)
        ask_for_name(invocation, environment);
      else if (!yes_ && invocation.is_interactive())
        ask(invocation, environment);
    }
    return finish(invocation, command::downgrade(options_, environment));
  }

 private:
  /// Says what goes; false when there is nothing to undo.
  bool announce(Invocation& invocation, run::Environment& environment) {
    auto const plan = command::plan_downgrade(options_, environment);
    if (plan.steps.empty()) return false;
    auto const losses = command::foresee_losses(options_, environment);
    auto& err = invocation.streams().err;
    err << fmt::format("this undoes, on {}:\n", plan.database);
    for (auto const& step : plan.steps) err << fmt::format("  {}, {}\n", step.revision, step.message);
    if (!losses.drops.empty()) err << "and drops:\n";
    for (auto const& loss : losses.drops) err << fmt::format("  {}\n", run::describe(loss));
    for (auto const& each : losses.unknown) err << each << '\n';
    return true;
  }

  void ask(Invocation& invocation, run::Environment& environment) {
    if (!announce(invocation, environment)) return;
    if (!invocation.confirm("go on?")) throw UsageError{"not confirmed; nothing was done"};
  }

  void ask_for_name(Invocation& invocation, run::Environment& environment) {
    auto const& name = environment.config().env;
    if (!invocation.is_interactive()) {
      throw UsageError{fmt::format("environment '{}' is protected: a downgrade there needs its name and a yes", name),
                       Hint{fmt::format("add --yes --env {}", name)}};
    }
    if (!announce(invocation, environment)) return;
    if (invocation.ask(fmt::format("environment '{}' is protected; type its name to go on: ", name)) != name)
      throw UsageError{"not confirmed; nothing was done"};
  }

  command::DowngradeOptions options_;
  bool plan_ = false, yes_ = false;
};

class Stamp : public RunVerb {
 public:
  void define(Arguments& arguments) override {
    arguments.positional("TARGETS", options_.targets, Arguments::Need::required, "what the database is said to be at");
    arguments.flag("--purge", options_.purge, "empty the version table first, whatever it holds");
    define_run(arguments);
    arguments.example("vm run stamp head", "mark everything as applied");
    arguments.example("vm run stamp --purge head", "the same where the table names revisions that are gone");
  }

  int run(Invocation& invocation) override {
    options_.offline = offline_.options(invocation);
    return finish(invocation, command::stamp(options_, invocation.open(open_)));
  }

 private:
  command::StampOptions options_;
};

class Current : public Verb {
 public:
  void define(Arguments& arguments) override {
    arguments.flag("--check-heads", check_heads_, "end with 3 when a head is not applied");
  }

  int run(Invocation& invocation) override {
    auto const report = command::current(invocation.open());
    invocation.output().print(report);
    if (!check_heads_ || report.missing_heads.empty()) return done;
    invocation.log().write(LogLevel::error, "vm.migration",
                           fmt::format("Not every head is applied: {}", quoted_list(report.missing_heads)));
    return differences;
  }

 private:
  bool check_heads_ = false;
};

class Status : public Verb {
 public:
  void define(Arguments&) override {}
  int run(Invocation& invocation) override {
    invocation.output().print(command::status(invocation.open()));
    return done;
  }
};

class Resolve : public Verb {
 public:
  void define(Arguments& arguments) override {
    arguments.positional("REV", options_.revision, Arguments::Need::required, "the revision that stopped half way");
    arguments.flag("--done", done_, "the step that was sent or refused counts as done");
    arguments.flag("--redo", redo_, "that step runs again, with the script as it is now");
    arguments.flag("--abandon", abandon_, "forget its record; the revision counts as not begun");
    arguments.example("vm run resolve ab12", "show what it did so far");
    arguments.example("vm run resolve ab12 --redo", "go on with the script as it is now");
  }

  int run(Invocation& invocation) override {
    if (int{done_} + int{redo_} + int{abandon_} > 1)
      throw UsageError{"--done, --redo and --abandon exclude each other", Hint{"give one of them, or none to look"}};
    if (done_) options_.resolution = run::Resolution::done;
    if (redo_) options_.resolution = run::Resolution::redo;
    if (abandon_) options_.resolution = run::Resolution::abandon;
    invocation.output().print(command::resolve(options_, invocation.open()));
    return done;
  }

 private:
  command::ResolveOptions options_;
  bool done_ = false, redo_ = false, abandon_ = false;
};

class Backfill : public Verb {
 public:
  void define(Arguments& arguments) override {
    arguments.flag("--join", options_.join, "help the backfill that another process runs on this database");
    arguments.option("--forget", "REV", options_.forget, "give up the checkpoint and the skipped rows of a revision");
    arguments.example("vm run backfill", "how far each is, and which rows were skipped");
    arguments.example("vm run backfill --join", "on another machine: share the work");
  }
  int run(Invocation& invocation) override {
    if (options_.join && options_.forget) throw UsageError{"give --join or --forget, not both"};
    print(invocation.streams().out, invocation.global().json, command::backfill(options_, invocation.open()));
    return done;
  }

 private:
  command::BackfillOptions options_;
};

class EnsureVersion : public Verb {
 public:
  void define(Arguments& arguments) override { offline_.define(arguments); }
  int run(Invocation& invocation) override {
    auto const offline = offline_.options(invocation);
    auto const report = command::ensure_version({offline}, invocation.open());
    if (!offline.script || invocation.global().json) invocation.output().print(report, offline_.kept());
    return done;
  }

 private:
  OfflineFlags offline_;
};

class Ping : public Verb {
 public:
  void define(Arguments& arguments) override {
    arguments.duration("--wait", wait_, "keep trying this long: 30, 500ms, 2m");
    arguments.example("vm run ping --wait 30s", "for start scripts: until the database answers");
  }
  int run(Invocation& invocation) override {
    invocation.output().print(
        command::ping({wait_.value_or(0)}, invocation.open({.lock_timeout = {}, .tag = {}, .require_file = false})));
    return done;
  }

 private:
  std::optional<double> wait_;
};

class Unlock : public Verb {
 public:
  void define(Arguments& arguments) override {
    arguments.flag("--force", options_.force, "take it away from a run that is alive as well; that run then fails");
    arguments.example("vm run unlock", "show the holder; free the lock of a dead one");
  }
  int run(Invocation& invocation) override {
    invocation.output().print(command::unlock(options_, invocation.open()));
    return done;
  }

 private:
  command::UnlockOptions options_;
};

constexpr std::string_view group = "the database";

constexpr VerbEntry entries[] = {
    {"upgrade", group, "apply revisions up to a target", make_verb<Upgrade>},
    {"downgrade", group, "undo revisions down to a target", make_verb<Downgrade>},
    {"stamp", group, "say what the database is at, running nothing", make_verb<Stamp>},
    {"current", group, "what the database is at", make_verb<Current>},
    {"status", group, "what is applied, pending, changed, locked", make_verb<Status>},
    {"resolve", group, "decide about a migration that stopped half way", make_verb<Resolve>},
    {"backfill", group, "backfills that run or were left, and helping one", make_verb<Backfill>},
    {"ensure-version", group, "make the version table where it is missing", make_verb<EnsureVersion>},
    {"ping", group, "see whether the database answers", make_verb<Ping>},
    {"unlock", group, "free a migration lock that was left behind", make_verb<Unlock>},
};

} // namespace

std::span<VerbEntry const> database_verbs() {
  return entries;
}

} // namespace vm::cli

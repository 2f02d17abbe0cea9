// Carries out a plan, step by step: lock held, transaction, script, version rows, history, commit, report.
#pragma once

#include "engine/graph/plan.hpp"
#include "engine/run/environment.hpp"
#include "engine/run/report.hpp"

#include <functional>
#include <iosfwd>

namespace vm::run {

/// Makes the plan from the rows of the version table. Called again once the lock is held, because somebody may have
/// been faster.
using Planner = std::function<graph::Plan(graph::Graph const& graph, std::vector<std::string> const& rows)>;

struct RunOptions {
  bool dry_run = false; ///< everything in one transaction that is rolled back, on the real database
  bool restart = false; ///< what a stopped migration did so far is forgotten; it begins at its first step
  bool backup = false;  ///< a copy of the database is made before the first statement; without one nothing runs
};

/// Runs the plan on the database. Nothing to do takes no lock and changes nothing. Throws what a step threw, with the
/// revision, the statement and the state of the database added; steps before it stay done (except with `transaction =
/// "all"`). A migration that stopped half way goes on after its last finished step; while one is unfinished, a plan
/// that does not begin with it is refused.
RunReport run_plan(Environment& environment, Planner const& planner, RunOptions const& options = {});

/// Writes the plan's SQL to `script` instead, with no change of any database. `rows` are where the script starts;
/// `create_tables` adds the version table. Queries from a migration throw.
RunReport write_plan(Environment& environment, sql::Dialect const& dialect, graph::Plan const& plan,
                     std::vector<std::string> const& rows, bool create_tables, std::ostream& script);

/// Throws MigrationError when a script of the plan lacks the function that the plan needs; nothing has run then.
void check_scripts(Environment& environment, graph::Plan const& plan);

/// What a step would be reported as, before it ran.
StepReport describe_step(Environment& environment, graph::Step const& step);

/// Makes the version table and the history where they are missing. True when the version table was made.
bool ensure_tables(Environment& environment);

} // namespace vm::run

// A project of SQL migrations in a folder of its own, opened without Lua.
#pragma once

#include "engine/command/commands.hpp"
#include "engine/core/files.hpp"
#include "tests/support/temp_folder.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace vm::test {

/// A host for projects without Lua files.
class NoLua : public script::Host {
 public:
  script::Environment load_environment(std::filesystem::path const&) override { return {}; }
  std::vector<script::ReadResult> read_headers(std::span<std::filesystem::path const> files) override {
    return std::vector<script::ReadResult>(files.size());
  }
  void run(script::Header const&, graph::Direction, op::Target&) override {}
  void before_migration(script::Header const&, graph::Direction, op::Target&) override {}
  void after_migration(script::Header const&, graph::Direction, op::Target&) override {}
  void interrupt() noexcept override {}
};

class NoProgress : public run::Progress {
 public:
  void context(std::string_view, std::string_view, bool) override {}
  void step_started(run::StepReport const&) override {}
  void step_ended(run::StepReport const&) override {}
  void waiting_for_lock(std::string_view) override {}
  void warning(std::string_view) override {}
  void script_log(std::string_view, std::string_view, int) override {}
  void statement(std::string_view, double) override {}
};

class SqlProject {
 public:
  explicit SqlProject(std::string_view settings = "") { folder_.write("vm.toml", settings); }

  /// "revision", "down revisions", "labels", "depends on"; lists with commas.
  SqlProject& add(std::string const& id, std::string const& down = "", std::string const& labels = "",
                  std::string const& depends = "", std::string const& folder = "migrations/versions") {
    folder_.write(folder + "/" + id + ".sql", "-- make " + id + "\n--\n-- revision: " + id +
                                                  "\n-- down_revision: " + down + "\n-- branch_labels: " + labels +
                                                  "\n-- depends_on: " + depends + "\n\n-- upgrade\n\n-- downgrade\n");
    return *this;
  }

  /// Reads the project afresh.
  run::Environment& open() {
    std::filesystem::create_directories(folder_ / "migrations/versions");
    environment_ = std::make_unique<run::Environment>(config::load({}, {}, folder_.path()), host_, progress_);
    return *environment_;
  }

  TempFolder const& folder() const { return folder_; }

 private:
  TempFolder folder_;
  NoLua host_;
  NoProgress progress_;
  std::unique_ptr<run::Environment> environment_;
};

} // namespace vm::test

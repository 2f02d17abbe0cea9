#include "engine/cli/schema_verbs.hpp"
#include "engine/cli/verb.hpp"
#include "engine/core/error.hpp"

#include <fmt/format.h>

namespace vm::cli {
namespace {

class Init : public Verb {
 public:
  void define(Arguments& arguments) override {
    arguments.positional("DIR", directory_, Arguments::Need::optional, "the project's folder (default: here)");
    arguments.option("-t,--template", "NAME", template_, "what to start from; 'vm list-templates' names them");
    arguments.flag("--from-database", from_database_,
                   "write schema.lua and a first migration from the database that -u names");
    arguments.flag("-y,--yes", yes_, "with --from-database: mark the migration as applied there without asking");
    arguments.example("vm init", "a project in this folder");
    arguments.example("vm init shop -u sqlite:///shop.db", "a folder 'shop' whose vm.toml has this URL");
  }

  int run(Invocation& invocation) override {
    command::InitOptions options;
    options.directory = (invocation.directory() / directory_).lexically_normal();
    if (!options.directory.has_filename()) options.directory = options.directory.parent_path();
    options.template_name = template_;
    options.url = invocation.global().url.value_or("");
    if (yes_ && !from_database_) throw UsageError{"--yes goes with --from-database"};
    if (!from_database_) {
      invocation.output().print(command::init(options));
      return done;
    }
    if (options.url.empty())
      throw UsageError{"--from-database needs a database", Hint{"name it: vm init DIR --from-database -u URL"}};
    return adopt(invocation, options);
  }

 private:
  int adopt(Invocation& invocation, command::InitOptions options) {
    // The database is looked at before anything is written.
    OpenOptions open;
    open.require_file = false;
    auto& outside = invocation.open(open);
    command::require_adoptable(outside);
    // A file that was named from here is another one when it is named from the new folder.
    auto const& path = outside.url().database;
    if (path.starts_with('/') && path.find_first_of("%?#") == std::string::npos)
      options.url = fmt::format("{}:///{}", outside.url().dialect, path);
    AdoptionReport report;
    report.init = command::init(options);
    open.url = options.url;
    open.directory = options.directory.string();
    auto& environment = invocation.open(open);
    report.adopted = command::adopt_database({invocation.now()}, environment);
    auto const& revision = report.adopted.revision.revision.revision;
    bool const asks = !yes_ && invocation.is_interactive();
    if (yes_ || (asks && invocation.confirm(
                             fmt::format("mark '{}' as applied to {}?", revision, environment.url().masked())))) {
      auto& stamped = invocation.open(open); // the new revision is a script of the project now
      command::stamp({.targets = {revision}, .purge = false, .offline = {}}, stamped);
      report.stamped = true;
    }
    invocation.output().print(report);
    return done;
  }

  std::string directory_ = ".", template_ = "generic";
  bool from_database_ = false, yes_ = false;
};

class ListTemplates : public Verb {
 public:
  void define(Arguments&) override {}
  int run(Invocation& invocation) override {
    invocation.output().print(command::list_templates());
    return done;
  }
};

// Says where the new file is, in the log and as the result, and opens it when asked to.
void present(Invocation& invocation, command::RevisionReport const& report, bool edit) {
  auto const& path = report.revision.path;
  invocation.log().write(LogLevel::info, "vm.script", fmt::format("Generating {} ... done", path));
  for (auto const& hook : report.hooks)
    invocation.log().write(LogLevel::info, "vm.script",
                           fmt::format("Ran post_write_hook '{}' in {}", hook.name, duration_text(hook.seconds)));
  invocation.output().print(report);
  invocation.streams().out.flush();
  if (edit) command::open_editor(invocation.editor(), {path});
}

class Revision : public Verb {
 public:
  void define(Arguments& arguments) override {
    arguments.positional("MESSAGE", positional_, Arguments::Need::optional, "what the revision does; the same as -m");
    arguments.option("-m,--message", "TEXT", message_, "what the revision does");
    arguments.option("--head", "REV", heads_,
                     "follow this revision instead of the head; 'base' starts a new line; may be repeated");
    arguments.flag("--splice", options_.splice, "allow --head to name a revision that is no head");
    arguments.option("--branch-label", "LABEL", options_.branch_labels,
                     "name the branch that starts here; may be repeated");
    arguments.option("--depends-on", "REV", options_.depends_on,
                     "run after this revision, id or label; may be repeated");
    arguments.option("--rev-id", "ID", options_.rev_id, "the id (default: twelve random hex digits)");
    arguments.option("--version-path", "DIR", version_path_, "which of the version_locations the file goes to");
    arguments.flag("--sql", options_.sql, "a plain .sql file instead of Lua");
    arguments.flag("--autogenerate", autogenerate_, "fill it with what leads from the database to schema.lua");
    arguments.flag("--allow-empty", allow_empty_, "with --autogenerate: write the file though nothing differs");
    arguments.flag("--edit", edit_, "open the new file in $VISUAL or $EDITOR");
    arguments.example("vm run revision -m \"add orders\"", "a new file on top of the head; prints its path");
    arguments.example("vm run revision --autogenerate -m \"add orders\"", "the same, written from schema.lua");
    arguments.example("vm run revision -m \"add carts\" --head base --branch-label shop", "a second line of revisions");
  }

  int run(Invocation& invocation) override {
    if (positional_ && message_) throw UsageError{"the message is given twice: as an argument and with -m"};
    options_.message = positional_ ? *positional_ : message_.value_or("");
    if (!heads_.empty()) options_.heads = heads_;
    if (version_path_) options_.version_path = invocation.directory() / *version_path_;
    options_.created = invocation.now();
    if (autogenerate_ && options_.sql) throw UsageError{"--autogenerate writes Lua; it does not go with --sql"};
    if (allow_empty_ && !autogenerate_) throw UsageError{"--allow-empty goes with --autogenerate"};
    auto& environment = invocation.open();
    if (edit_ && invocation.editor().empty()) command::open_editor("", {});
    if (autogenerate_ && !generate(invocation, environment)) return done;
    auto const report = command::revision(options_, environment);
    if (options_.message.empty())
      invocation.log().write(LogLevel::warning, "vm.script", "The revision has no message; -m says what it does");
    present(invocation, report, edit_);
    return done;
  }

 private:
  /// Fills the bodies; false when nothing differs and no file is wanted.
  bool generate(Invocation& invocation, run::Environment& environment) {
    auto difference = command::difference_to_desired(environment, rename_question(invocation));
    log_difference(invocation, difference);
    if (difference.upgrade.empty() && !allow_empty_) {
      invocation.log().write(LogLevel::info, "vm.autogenerate",
                             "No changes detected: the database is as desired, and no file was written");
      invocation.output().print(NothingDetected{std::move(difference)});
      return false;
    }
    options_.upgrade = std::move(difference.upgrade);
    options_.downgrade = std::move(difference.downgrade);
    return true;
  }

  command::RevisionOptions options_;
  std::optional<std::string> positional_, message_, version_path_;
  std::vector<std::string> heads_;
  bool edit_ = false, autogenerate_ = false, allow_empty_ = false;
};

class Merge : public Verb {
 public:
  void define(Arguments& arguments) override {
    arguments.positional("REVS", options_.revisions, Arguments::Need::required,
                         "the revisions to join; 'heads' means all heads");
    arguments.option("-m,--message", "TEXT", options_.message, "what is merged (default: the ids)");
    arguments.option("--branch-label", "LABEL", options_.branch_labels,
                     "name the branch that starts here; may be repeated");
    arguments.option("--rev-id", "ID", options_.rev_id, "the id (default: twelve random hex digits)");
    arguments.flag("--splice", options_.splice, "allow revisions that are no heads");
    arguments.example("vm run merge heads -m \"join carts and orders\"", "one head again");
  }

  int run(Invocation& invocation) override {
    options_.created = invocation.now();
    present(invocation, command::merge(options_, invocation.open()), false);
    return done;
  }

 private:
  command::MergeOptions options_;
};

class Edit : public Verb {
 public:
  void define(Arguments& arguments) override {
    arguments.positional("REV", options_.revision, Arguments::Need::optional,
                         "which revision (default: head); also 'current'");
  }

  int run(Invocation& invocation) override {
    options_.editor = invocation.editor();
    invocation.output().print(command::edit(options_, invocation.open()));
    return done;
  }

 private:
  command::EditOptions options_;
};

constexpr std::string_view group = "the project";

constexpr VerbEntry entries[] = {
    {"init", group, "start a project: vm.toml, migrations/, scripts/", make_verb<Init>},
    {"list-templates", group, "what a project can be started from", make_verb<ListTemplates>},
    {"revision", group, "make a new migration file", make_verb<Revision>},
    {"create", group, "the same as revision", make_verb<Revision>},
    {"merge", group, "make a revision that joins several heads", make_verb<Merge>},
    {"edit", group, "open a revision's file in the editor", make_verb<Edit>},
};

} // namespace

std::span<VerbEntry const> project_verbs() {
  return entries;
}

} // namespace vm::cli

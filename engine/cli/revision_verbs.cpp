#include "engine/cli/verb.hpp"

namespace vm::cli {
namespace {

class Heads : public Verb {
 public:
  void define(Arguments& arguments) override {
    arguments.flag("--resolve-dependencies", options_.resolve_dependencies,
                   "leave out revisions that another one depends on");
  }
  int run(Invocation& invocation) override {
    invocation.output().print(command::heads(options_, invocation.open()));
    return done;
  }

 private:
  command::HeadsOptions options_;
};

class Branches : public Verb {
 public:
  void define(Arguments&) override {}
  int run(Invocation& invocation) override {
    invocation.output().print(command::branches(invocation.open()));
    return done;
  }
};

class History : public Verb {
 public:
  void define(Arguments& arguments) override {
    arguments.option("-r,--rev-range", "A:B", options_.range, "from A to B, both included; either end may be left out");
    arguments.flag("-i,--indicate-current", options_.indicate_current, "mark what the database is at");
    arguments.example("vm run history -r-3:head", "the last steps below the head");
    arguments.example("vm run history -r current:", "what is not applied yet, and what the database is at");
  }
  int run(Invocation& invocation) override {
    invocation.output().print(command::history(options_, invocation.open()));
    return done;
  }

 private:
  command::HistoryOptions options_;
};

class Show : public Verb {
 public:
  void define(Arguments& arguments) override {
    arguments.positional("REV", options_.revision, Arguments::Need::optional,
                         "which revision (default: head); also 'heads', 'current'");
  }
  int run(Invocation& invocation) override {
    invocation.output().print(command::show(options_, invocation.open()));
    return done;
  }

 private:
  command::ShowOptions options_;
};

constexpr std::string_view group = "the revisions";

constexpr VerbEntry entries[] = {
    {"history", group, "list the revisions, newest first", make_verb<History>},
    {"heads", group, "list the revisions nothing follows", make_verb<Heads>},
    {"branches", group, "list where lines of revisions part", make_verb<Branches>},
    {"show", group, "show one revision in full", make_verb<Show>},
};

} // namespace

std::span<VerbEntry const> revision_verbs() {
  return entries;
}

} // namespace vm::cli

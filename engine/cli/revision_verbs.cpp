#include "engine/cli/verb.hpp"
#include "engine/core/clock.hpp"
#include "engine/core/error.hpp"

#include <fmt/format.h>

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
    arguments.flag("--applied", applied_, "what ran on the database, by whom and how it ended; oldest first");
    arguments.option("--since", "TIME", since_,
                     "with --applied: from then on, UTC or so long ago: 2026-02-01, 36h, 7d");
    arguments.option("--until", "TIME", until_, "with --applied: up to then");
    arguments.example("vm run history --applied --since 7d", "who ran what this week, failures too");
    arguments.example("vm run history -r-3:head", "the last steps below the head");
    arguments.example("vm run history -r current:", "what is not applied yet, and what the database is at");
  }
  int run(Invocation& invocation) override {
    if (applied_) {
      if (!options_.range.empty() || options_.indicate_current)
        throw UsageError{"--applied is about what ran; -r and -i are about the revisions",
                         Hint{"--since and --until narrow it"}};
      command::AppliedOptions applied;
      if (since_) applied.since = time_of("--since", *since_, " 00:00:00", invocation.now());
      if (until_) applied.until = time_of("--until", *until_, " 23:59:59", invocation.now());
      invocation.output().print(command::applied_history(applied, invocation.open()));
      return done;
    }
    if (since_ || until_) throw UsageError{"--since and --until go with --applied"};
    invocation.output().print(command::history(options_, invocation.open()));
    return done;
  }

 private:
  /// "2026-02-01", "2026-02-01 10:00", "2026-02-01T10:00:00Z", or "36h": as vm_history has it.
  static std::string time_of(std::string_view option, std::string text, std::string_view rest, TimePoint now) {
    UsageError const error{fmt::format("{} does not take '{}'", option, text),
                           Hint{"a time is '2026-02-01', '2026-02-01 10:00' in UTC, or '36h' or '7d' ago"}};
    if (text.ends_with('d') || text.ends_with('h') || text.ends_with('m') || text.ends_with('s')) {
      bool const days = text.back() == 'd';
      if (days) text.back() = 'h';
      double const seconds = parse_duration(text, option) * (days ? 24 : 1);
      return format_utc(now - std::chrono::duration_cast<TimePoint::duration>(std::chrono::duration<double>(seconds)));
    }
    if (text.ends_with('Z')) text.pop_back();
    constexpr std::string_view form = "0000-00-00 00:00:00";
    if (text.size() > 10 && text[10] == 'T') text[10] = ' ';
    if (text.size() != 10 && text.size() != 16 && text.size() != form.size()) throw error;
    for (std::size_t i = 0; i < text.size(); ++i) {
      bool const is_digit = text[i] >= '0' && text[i] <= '9';
      if (form[i] == '0' ? !is_digit : text[i] != form[i]) throw error;
    }
    if (text.size() == 16) text += rest.substr(6);
    if (text.size() == 10) text += rest;
    return text;
  }

  command::HistoryOptions options_;
  bool applied_ = false;
  std::optional<std::string> since_, until_;
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

#include "bindings/host.hpp"

#include "bindings/build.hpp"
#include "bindings/context.hpp"
#include "bindings/desired.hpp"
#include "bindings/env.hpp"
#include "bindings/header.hpp"
#include "bindings/library.hpp"
#include "bindings/lua/call.hpp"
#include "bindings/lua/push.hpp"
#include "bindings/lua/stack.hpp"
#include "bindings/lua/state.hpp"
#include "bindings/lua/userdata.hpp"
#include "bindings/module.hpp"
#include "bindings/op_backfill.hpp"
#include "bindings/sandbox.hpp"
#include "bindings/skim.hpp"
#include "engine/core/files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

namespace vm::bindings {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t files_worth_a_thread = 400; // starting one and building a second state costs about as much

/// Sets a phase for a scope.
class Loading {
 public:
  explicit Loading(Context& context) : context_{context}, before_{context.phase} {
    context_.phase = Context::Phase::loading;
  }
  ~Loading() { context_.phase = before_; }
  Loading(Loading const&) = delete;
  Loading& operator=(Loading const&) = delete;

 private:
  Context& context_;
  Context::Phase before_;
};

/// What the top level of a file sees of the database while it is loaded.
class Visible {
 public:
  Visible(Context& context, op::Surroundings const& surroundings, std::string script) : context_{context} {
    context_.surroundings = &surroundings;
    context_.script = std::move(script);
  }
  ~Visible() {
    context_.surroundings = nullptr;
    context_.script.clear();
  }
  Visible(Visible const&) = delete;
  Visible& operator=(Visible const&) = delete;

 private:
  Context& context_;
};

/// Adds the way from the migration into a library, or from the error's place back to the migration.
void add_way(Error& error, std::vector<lua::Frame> const& frames, std::string const& script) {
  if (frames.empty()) return;
  auto const& inner = frames.front().location;
  error.locate(inner);
  if (inner.file == script) return;
  auto const call =
      std::find_if(frames.begin(), frames.end(), [&](auto const& frame) { return frame.location.file == script; });
  if (error.location()->file == script)
    error.add_note({"raised in", to_string(inner)});
  else if (call != frames.end())
    error.add_note({"called from", to_string(call->location)});
}

/// Throws what a migration's failure is to the engine: the target's own errors as they are, everything else as a
/// MigrationError.
[[noreturn]] void rethrow(lua::CallError& failure, std::string const& script) {
  if (failure.cause != nullptr) {
    try {
      std::rethrow_exception(failure.cause);
    } catch (lua::ArgumentError const&) { // the script's own mistake: below
    } catch (lua::LimitError const&) {    // likewise
    } catch (Error& error) {
      add_way(error, failure.frames, script);
      error.locate({script, 0});
      throw;
    } catch (std::exception const&) { // nothing of ours: the text is all there is
    }
  }
  MigrationError error{failure.message()};
  for (auto const& hint : failure.hints()) error.add_hint(hint);
  for (auto const& note : failure.notes()) error.add_note(note);
  if (auto hint = explain_nil(failure.message()); !hint.empty() && failure.hints().empty())
    error.add_hint({std::move(hint)});
  if (failure.location()) error.locate(*failure.location());
  add_way(error, failure.frames, script);
  error.locate({script, 0});
  error.traceback = failure.traceback;
  throw error;
}

template<typename E>
E placed(E error, std::string const& file) {
  error.locate({file, 0});
  return error;
}

std::string_view direction_text(graph::Direction direction) {
  return direction == graph::Direction::downgrade ? "downgrade" : "upgrade";
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_{number} {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(Descriptor const&) = delete;
  Descriptor& operator=(Descriptor const&) = delete;
  operator int() const { return number_; } // NOLINT(google-explicit-constructor): stands for the number

 private:
  int number_;
};

/// A buffer that is used again for the next file, so that a small file costs three system calls and no more.
class FileBuffer {
 public:
  /// 0, or an errno.
  int read(fs::path const& path) {
    filled_ = 0;
    Descriptor const file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    if (file < 0) return errno;
    while (true) {
      if (filled_ == bytes_.size()) bytes_.resize(bytes_.size() * 2);
      auto const room = bytes_.size() - filled_;
      auto const count = ::read(file, bytes_.data() + filled_, room);
      if (count < 0) return errno;
      filled_ += static_cast<std::size_t>(count);
      if (count < static_cast<ssize_t>(room)) return 0;
      if (filled_ > default_file_limit) return EFBIG;
    }
  }

  std::string_view text() const { return {bytes_.data(), filled_}; }

 private:
  std::vector<char> bytes_ = std::vector<char>(16384);
  std::size_t filled_ = 0;
};

} // namespace

struct LuaHost::Shared {
  script::HostOptions options;
  std::atomic<bool> interrupted{false};
};

/// A state with its sandbox and context.
struct LuaHost::Machine {
  explicit Machine(Shared const& shared) : state{shared.options.memory_limit, &shared.interrupted} {
    context.options = &shared.options;
    state.context = &context;
    open_sandbox(state, shared.options.unsafe);
  }

  lua::State state;
  Context context;
  EnvironmentTable environment; ///< before the state in destruction
  std::string environment_file; ///< as shown
};

/// Reads headers, one file after the other. The state for those that must run is made for the first of them.
class LuaHost::Reader {
 public:
  explicit Reader(Shared const& shared) : shared_{shared} {}

  void read(std::span<fs::path const> files, std::span<script::ReadResult> results) {
    for (std::size_t i = 0; i < files.size(); ++i) results[i] = read(files[i]);
  }

 private:
  script::ReadResult read(fs::path const& path) {
    auto const& project = shared_.options.project.native();
    std::string_view shown = path.native();
    if (shown.size() > project.size() + 1 && shown.starts_with(project) && shown[project.size()] == '/')
      shown.remove_prefix(project.size() + 1);
    if (int const code = file_.read(path); code != 0) {
      script::ReadResult result;
      result.error = ScriptError{fmt::format("cannot read the file: {}", reason_of(code))};
      result.error->locate({std::string{shown}, 0});
      return result;
    }
    if (auto header = skim_header(path, file_.text())) return {std::move(header), std::nullopt};
    if (!machine_) start_machine();
    machine_->state.begin(shared_.options.time_limit);
    machine_->context.script = shown;
    if (libraries_error_) return {std::nullopt, libraries_error_};
    return read_header(machine_->state, path, shown, file_.text());
  }

  void start_machine() {
    machine_.emplace(shared_);
    machine_->context.is_reader = true;
    machine_->context.phase = Context::Phase::loading;
    // What a file leaves behind is some kilobytes; collecting it every few hundred files is soon enough.
    lua_gc(machine_->state, LUA_GCSETPAUSE, 1000);
    load_libraries();
  }

  /// A file's top level may use what a library registered.
  void load_libraries() {
    machine_->state.begin(shared_.options.time_limit);
    try {
      lua::protect(machine_->state, [this](lua_State* L) {
        for (auto const& name : shared_.options.libraries) {
          push_library(L, name, "libraries");
          lua_pop(L, 1);
        }
      });
    } catch (ScriptError const& error) {
      libraries_error_ = error;
    }
  }

  Shared const& shared_;
  std::optional<Machine> machine_;
  FileBuffer file_;
  std::optional<ScriptError> libraries_error_;
};

LuaHost::LuaHost(script::HostOptions options) : shared_{std::make_unique<Shared>()} {
  shared_->options = std::move(options);
}

LuaHost::~LuaHost() = default;

LuaHost::Machine& LuaHost::machine() {
  if (machine_) return *machine_;
  auto machine = std::make_unique<Machine>(*shared_);
  Loading loading{machine->context};
  try {
    lua::protect(machine->state, [this](lua_State* L) {
      for (auto const& name : shared_->options.libraries) {
        push_library(L, name, "libraries");
        lua_pop(L, 1);
      }
    });
  } catch (Error& error) {
    error.locate({"vm.toml", 0});
    throw;
  }
  machine_ = std::move(machine);
  return *machine_;
}

script::Environment LuaHost::load_environment(fs::path const& env_file) {
  std::error_code status;
  bool const has_file = fs::exists(env_file, status);
  if (!has_file && shared_->options.libraries.empty()) return {};
  auto& machine = this->machine();
  if (!has_file) return {};
  auto const text = vm::read_file(env_file);
  auto const shown = shown_path(env_file, shared_->options.project);
  machine.state.begin(shared_->options.time_limit);
  Loading loading{machine.context};
  try {
    lua::protect(machine.state, [&](lua_State* L) {
      load_script(L, text, shown);
      lua::call(L, 0, 1);
      machine.environment = read_environment(L, shown);
    });
    machine.environment_file = shown;
    machine.environment.settings.comparison =
        comparison_hooks(machine.state, machine.environment, shared_->options.time_limit, shown);
  } catch (lua::CallError& failure) {
    ScriptError error = static_cast<ScriptError const&>(failure);
    if (auto hint = explain_nil(error.message()); !hint.empty() && error.hints().empty())
      error.add_hint({std::move(hint)});
    error.locate({shown, 0});
    throw error;
  }
  return machine.environment.settings;
}

std::vector<script::ReadResult> LuaHost::read_headers(std::span<fs::path const> files) {
  std::vector<script::ReadResult> results(files.size());
  if (files.empty()) return results;
  std::span<script::ReadResult> const all{results};
  if (files.size() < files_worth_a_thread || std::thread::hardware_concurrency() < 2) {
    Reader{*shared_}.read(files, all);
  } else {
    auto const half = files.size() / 2;
    std::exception_ptr thrown;
    std::thread second{[&] {
      try {
        Reader{*shared_}.read(files.subspan(half), all.subspan(half));
      } catch (std::exception const&) {
        thrown = std::current_exception();
      }
    }};
    try {
      Reader{*shared_}.read(files.first(half), all.first(half));
    } catch (std::exception const&) {
      second.join();
      throw;
    }
    second.join();
    if (thrown) std::rethrow_exception(thrown);
  }
  if (shared_->interrupted) throw Interrupted{"interrupted"};
  return results;
}

/// A migration loaded into a state of its own for one of its functions; runs on a thread of its own.
class LuaHost::Elsewhere final : public FunctionElsewhere {
 public:
  Elsewhere(Shared const& shared, fs::path const& path, std::string const& shown, op::Surroundings surroundings,
            std::string const& name)
      : surroundings_{std::move(surroundings)},
        machine_{shared} {
    auto& context = machine_.context;
    context.is_reader = true; // what its top level prints was printed before; its functions have op::Say
    context.surroundings = &surroundings_;
    context.script = shown;
    machine_.state.begin(shared.options.time_limit);
    auto const text = vm::read_file(path);
    lua::protect(machine_.state, [&](lua_State* L) {
      Loading loading{machine_.context};
      for (auto const& library : shared.options.libraries) {
        push_library(L, library, "libraries");
        lua_pop(L, 1);
      }
      load_script(L, text, shown);
      int const environment = lua_gettop(L) - 1;
      lua::call(L, 0, 0);
      if (auto const colon = name.find(':'); colon == std::string::npos) {
        lua::push(L, name);
        lua_rawget(L, environment);
      } else {
        push_library(L, name.substr(0, colon), "op.backfill");
        if (colon + 1 < name.size() && lua_type(L, -1) == LUA_TTABLE) {
          lua::push(L, std::string_view{name}.substr(colon + 1));
          lua_rawget(L, -2);
        }
      }
      if (lua_type(L, -1) != LUA_TFUNCTION) {
        ScriptError error{fmt::format("loaded again, the migration has no function '{}'", name)};
        error.locate({shown, 0});
        throw error;
      }
      function_ = lua::Ref{L};
    });
  }

  lua::State& state() override { return machine_.state; }
  void push(lua_State* L) override { function_.push(L); }

 private:
  op::Surroundings surroundings_;
  Machine machine_;
  lua::Ref function_; ///< before the state in destruction
};

namespace {

/// What a process that joins a backfill runs: states of their own, one for each worker.
class JoinedFunction final : public op::TransformSource {
 public:
  JoinedFunction(std::function<std::unique_ptr<FunctionElsewhere>()> make, std::string name, TransformOptions options)
      : make_{std::move(make)},
        name_{std::move(name)},
        options_{std::move(options)} {}
  void prepare(std::vector<std::string> const& columns, std::size_t key_count) override {
    options_.columns = columns;
    options_.key_count = key_count;
  }
  std::unique_ptr<op::Transform> here() override { return make_transform(make_(), options_); }
  std::unique_ptr<op::Transform> elsewhere() override { return make_transform(make_(), options_); }
  std::optional<std::string> name() const override { return name_; }

 private:
  std::function<std::unique_ptr<FunctionElsewhere>()> make_;
  std::string name_;
  TransformOptions options_;
};

} // namespace

std::unique_ptr<op::TransformSource> LuaHost::backfill_function(script::Header const& script, std::string const& name,
                                                                op::Surroundings const& surroundings, bool skip_errors,
                                                                bool whole_batch) {
  auto const shown = shown_path(script.path, shared_->options.project);
  return std::make_unique<JoinedFunction>(
      [this, path = script.path, shown, surroundings, name] {
        return std::make_unique<Elsewhere>(*shared_, path, shown, surroundings, name);
      },
      name,
      TransformOptions{.columns = {},
                       .key_count = 0,
                       .skip_errors = skip_errors,
                       .whole_batch = whole_batch,
                       .compiled = shared_->options.time_limit == 0});
}

void LuaHost::run(script::Header const& script, graph::Direction direction, op::Target& target) {
  auto& machine = this->machine();
  auto const name = direction_text(direction);
  if (!call_function(machine, script, name, target, false))
    throw placed(MigrationError{fmt::format("revision '{}' has no {}()", script.revision, name)},
                 shown_path(script.path, shared_->options.project));
}

bool LuaHost::call(script::Header const& script, std::string_view function, op::Target& target) {
  return call_function(machine(), script, function, target, true);
}

/// Loads the script again and calls a function of its; false when it has none.
bool LuaHost::call_function(Machine& machine, script::Header const& script, std::string_view function,
                            op::Target& target, bool with_bind) {
  auto const shown = shown_path(script.path, shared_->options.project);
  Visible visible{machine.context, target.surroundings(), shown};
  machine.state.begin(shared_->options.time_limit);
  bool found = false;
  try {
    auto const text = vm::read_file(script.path);
    lua::protect(machine.state, [&](lua_State* L) {
      load_script(L, text, shown);
      int const environment = lua_gettop(L) - 1;
      {
        Loading loading{machine.context};
        lua::call(L, 0, 0);
      }
      lua::push(L, function);
      lua_rawget(L, environment);
      found = lua_type(L, -1) == LUA_TFUNCTION;
      if (!found) return;
      Reloadable const reloadable{L, environment, [&](std::string const& wanted) {
                                    return std::make_unique<Elsewhere>(*shared_, script.path, shown,
                                                                       target.surroundings(), wanted);
                                  }};
      ActiveTarget active{machine.context, target};
      if (with_bind) {
        lua_pushcfunction(L, op_query_functions().front().func);
        lua::call(L, 0, 1);
      }
      lua::call(L, with_bind ? 1 : 0, 0);
    });
  } catch (lua::CallError& failure) {
    rethrow(failure, shown);
  } catch (Error& error) {
    error.locate({shown, 0});
    throw;
  }
  return found;
}

std::optional<script::DesiredSchema> LuaHost::load_schema(fs::path const& file, schema::NamingConvention const& naming,
                                                          op::Surroundings const& surroundings) {
  auto& machine = this->machine();
  auto const& in_env = machine.environment.target_schema;
  std::error_code status;
  if (!in_env && !fs::exists(file, status)) return std::nullopt;
  auto const shown = in_env ? machine.environment_file : shown_path(file, shared_->options.project);
  auto const rules = BuildRules{naming, surroundings.dialect};
  std::optional<script::DesiredSchema> desired;
  Visible visible{machine.context, surroundings, shown};
  machine.state.begin(shared_->options.time_limit);
  Loading loading{machine.context};
  try {
    auto const text = in_env ? std::string{} : vm::read_file(file);
    lua::protect(machine.state, [&](lua_State* L) {
      if (in_env) {
        in_env.push(L);
      } else {
        load_script(L, text, shown);
        lua::call(L, 0, 1);
        if (lua::to_userdata<SchemaItem>(L, -1) == nullptr)
          throw ScriptError{fmt::format("the file must return a sql.schema, not {}", lua::type_text(L, -1)),
                            Hint{"end it with: return sql.schema({ … })"}};
      }
      desired = read_schema(L, -1, rules);
    });
  } catch (lua::CallError& failure) {
    ScriptError error = static_cast<ScriptError const&>(failure);
    if (auto hint = explain_nil(error.message()); !hint.empty() && error.hints().empty())
      error.add_hint({std::move(hint)});
    throw placed(std::move(error), shown);
  } catch (UsageError const& error) { // a contradiction in the schema is the script's mistake
    ScriptError failure{error.message()};
    for (auto const& hint : error.hints()) failure.add_hint(hint);
    if (error.location()) failure.locate(*error.location());
    throw placed(std::move(failure), shown);
  } catch (Error& error) {
    error.locate({shown, 0});
    throw;
  }
  return desired;
}

namespace {

/// Calls a hook of env.lua with { revision, message, direction, file }.
void run_hook(lua::State& state, Context& context, lua::Ref const& hook, script::Header const& script,
              std::string const& shown, graph::Direction direction, op::Target& target) {
  try {
    lua::protect(state, [&](lua_State* L) {
      hook.push(L);
      lua_createtable(L, 0, 4);
      auto const set = [L](char const* key, std::string_view value) {
        lua::push(L, value);
        lua_setfield(L, -2, key);
      };
      set("revision", script.revision);
      set("message", script.message);
      set("direction", direction_text(direction));
      set("file", shown);
      ActiveTarget active{context, target};
      lua::call(L, 1, 0);
    });
  } catch (lua::CallError& failure) {
    rethrow(failure, shown);
  }
}

} // namespace

void LuaHost::before_migration(script::Header const& script, graph::Direction direction, op::Target& target) {
  auto& machine = this->machine();
  if (!machine.environment.before_migration) return;
  machine.state.begin(shared_->options.time_limit);
  run_hook(machine.state, machine.context, machine.environment.before_migration, script,
           shown_path(script.path, shared_->options.project), direction, target);
}

void LuaHost::after_migration(script::Header const& script, graph::Direction direction, op::Target& target) {
  auto& machine = this->machine();
  if (!machine.environment.after_migration) return;
  machine.state.begin(shared_->options.time_limit);
  run_hook(machine.state, machine.context, machine.environment.after_migration, script,
           shown_path(script.path, shared_->options.project), direction, target);
}

void LuaHost::interrupt() noexcept {
  shared_->interrupted.store(true, std::memory_order_relaxed);
}

std::unique_ptr<script::Host> make_lua_host(script::HostOptions options) {
  return std::make_unique<LuaHost>(std::move(options));
}

} // namespace vm::bindings

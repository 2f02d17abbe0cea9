#include "bindings/transform.hpp"

#include "bindings/arguments.hpp"
#include "bindings/context.hpp"
#include "bindings/embedded.hpp"
#include "bindings/lua/call.hpp"
#include "bindings/lua/push.hpp"
#include "bindings/lua/stack.hpp"
#include "bindings/lua/state.hpp"
#include "bindings/sandbox.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vm::bindings {

namespace {

/// What the loop in scripts/boot/backfill.lua reads and writes; the two declarations are one.
struct Work {
  vm::Cell const* input = nullptr;
  char const* input_bytes = nullptr;
  vm::Cell* output = nullptr;
  char* output_bytes = nullptr;
  std::uint32_t rows = 0, width = 0, cell_capacity = 0, byte_capacity = 0, cell_count = 0, byte_count = 0, row = 0,
                row_count = 0;
};

class LuaTransform;

/// The transform a C function of the loop belongs to: its first upvalue.
LuaTransform& transform_of(lua_State* L);

int decode(lua_State* L);
int encode(lua_State* L);
int grow(lua_State* L);
int skip(lua_State* L);

std::string_view boot_text(std::string_view name) {
  for (auto const& file : embedded_files())
    if (file.name == name) return file.text;
  throw ScriptError{fmt::format("vm was built without {}", name)};
}

/// The types of the loop's C memory: made once, since a state can hold only so many.
void push_types(lua_State* L) {
  auto& kept = context_of(L).backfill_types;
  if (kept == LUA_NOREF) {
    lua::load(L, boot_text("boot/backfill_types.lua"), "=backfill_types");
    lua::push_ffi(L);
    lua::call(L, 1, 1);
    kept = luaL_ref(L, LUA_REGISTRYINDEX);
  }
  lua_rawgeti(L, LUA_REGISTRYINDEX, kept);
}

/// A string of Lua for any name.
std::string lua_string(std::string_view text) {
  std::string result = "\"";
  for (char const c : text) {
    auto const byte = static_cast<unsigned char>(c);
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_')
      result += c;
    else
      result += fmt::format("\\{:03}", byte);
  }
  return result + "\"";
}

/// While it lives, row functions run compiled and without the hook.
class Compiled {
 public:
  Compiled(lua_State* L, lua::State& state, bool on) : state_{state}, on_{on} {
    if (!on_) return;
    // The library's opener gives the compiler its parameters; without them it is on and compiles nothing. What it
    // leaves in the state's globals no script sees.
    lua_pushcfunction(L, luaopen_jit);
    lua::call(L, 0, 0);
    lua_sethook(state_, nullptr, 0, 0);
    luaJIT_setmode(state_, 0, LUAJIT_MODE_ENGINE | LUAJIT_MODE_ON);
  }
  ~Compiled() {
    if (!on_) return;
    luaJIT_setmode(state_, 0, LUAJIT_MODE_ENGINE | LUAJIT_MODE_OFF);
    // Compiled code runs no hook, so none may stay.
    luaJIT_setmode(state_, 0, LUAJIT_MODE_ENGINE | LUAJIT_MODE_FLUSH);
    state_.begin(0);
  }
  Compiled(Compiled const&) = delete;
  Compiled& operator=(Compiled const&) = delete;

 private:
  lua::State& state_;
  bool on_;
};

/// What `op` and `db` find inside a row function.
class Refusal final : public op::Target {
 public:
  explicit Refusal(op::Surroundings const* surroundings)
      : surroundings_{surroundings ? *surroundings : op::Surroundings{}} {}
  op::Surroundings const& surroundings() const override { return surroundings_; }
  schema::NamingConvention const& naming() const override { return naming_; }
  op::Outcome apply(op::Operation const&, Location const&) override { refuse(); }
  std::unique_ptr<op::Rows> query(std::string const&, std::optional<op::Parameters> const&, Location const&) override {
    refuse();
  }
  schema::Catalog inspect(op::InspectScope const&, Location const&) override { refuse(); }
  void autocommit_block(std::function<void()> const&, Location const&) override { refuse(); }

 private:
  [[noreturn]] static void refuse() {
    throw lua::ArgumentError{"the database was asked in a row function",
                             Hint{"a row function computes what a row becomes; the backfill writes it"}};
  }

  op::Surroundings surroundings_;
  schema::NamingConvention naming_;
};

/// Row functions compute and do nothing else.
class Transforming {
 public:
  Transforming(Context& context, op::Target& target, op::Say const& say)
      : context_{context},
        before_{context.target},
        phase_{context.phase} {
    context_.target = &target;
    context_.say = &say;
    context_.phase = Context::Phase::running;
  }
  ~Transforming() {
    context_.say = nullptr;
    context_.target = before_;
    context_.phase = phase_;
  }
  Transforming(Transforming const&) = delete;
  Transforming& operator=(Transforming const&) = delete;

 private:
  Context& context_;
  op::Target* before_;
  Context::Phase phase_;
};

class LuaTransform final : public op::Transform {
 public:
  LuaTransform(lua_State* L, int index, TransformOptions options)
      : state_{lua::State::of(L)},
        options_{std::move(options)},
        compiled_{L, state_, options_.compiled} {
    lua_pushvalue(L, index);
    function_ = lua::Ref{L};
    auto const top = lua_gettop(L);
    lua::load(L, boot_text("boot/backfill.lua"), "=backfill");
    push_types(L);
    lua_createtable(L, 0, static_cast<int>(options_.columns.size()));
    std::string row = "local value, metatable, set = ...\nreturn function(cells, bytes, at)\n  return set({";
    for (std::size_t i = 0; i < options_.columns.size(); ++i) {
      lua::push(L, options_.columns[i]);
      lua_pushboolean(L, 1);
      lua_rawset(L, -3);
      row += fmt::format("[{}] = value(cells, bytes, at + {}),", lua_string(options_.columns[i]), i);
    }
    row += "}, metatable)\nend";
    lua::load(L, row, "=row");
    for (auto* const function : {&lua::bound<decode>, &lua::bound<encode>, &lua::bound<grow>, &lua::bound<skip>}) {
      lua_pushlightuserdata(L, this);
      lua_pushcclosure(L, *function, 1);
    }
    lua::call(L, 7, 3);
    lua_pushvalue(L, options_.whole_batch ? -1 : options_.skip_errors ? -2 : -3);
    loop_ = lua::Ref{L};
    lua_settop(L, top);
  }

  void run(Cells const& cells, std::size_t row_count, op::Changes& changes, op::Say const& say) override {
    changes_ = &changes;
    cells_ = &cells;
    auto& input = const_cast<Cells&>(cells); // read only; the loop's pointers have no const
    work_.input = input.cells().data();
    work_.input_bytes = input.bytes().data();
    work_.rows = static_cast<std::uint32_t>(row_count);
    work_.width = static_cast<std::uint32_t>(cells.size() / std::max<std::size_t>(row_count, 1));
    work_.cell_count = work_.byte_count = work_.row_count = work_.row = 0;
    make_room(row_count * (columns_.size() + 2), row_count * 32);
    Refusal refusal{context_of(state_).surroundings};
    Transforming const transforming{context_of(state_), refusal, say};
    try {
      lua::protect(state_, [&](lua_State* L) {
        loop_.push(L);
        lua_pushlightuserdata(L, &work_);
        function_.push(L);
        lua::call(L, 2, 0);
      });
    } catch (lua::CallError& failure) {
      throw explained(failure);
    }
    changes.cells.cells().resize(work_.cell_count);
    changes.cells.bytes().resize(work_.byte_count);
    changes.row_count = work_.row_count;
    changes.columns = columns_;
  }

  void make_room(std::size_t cells, std::size_t bytes) {
    auto& output = changes_->cells;
    auto const more = [](std::size_t used, std::size_t wanted, std::size_t capacity) {
      return used + wanted <= capacity ? capacity : std::max(used + wanted, capacity * 2);
    };
    output.cells().resize(more(work_.cell_count, cells, output.cells().size()));
    output.bytes().resize(more(work_.byte_count, bytes, output.bytes().size()));
    if (output.bytes().size() > 0x7fffffff) throw ScriptError{"the changes of a batch hold more than 2 GiB"};
    work_.output = output.cells().data();
    work_.output_bytes = output.bytes().data();
    work_.cell_capacity = static_cast<std::uint32_t>(output.cells().size());
    work_.byte_capacity = static_cast<std::uint32_t>(output.bytes().size());
  }

  void add_column(std::string name) { columns_.push_back(std::move(name)); }

  void put(std::size_t at, Value const& value) {
    auto& output = changes_->cells;
    auto& cell = output.cells()[at];
    cell = {};
    auto const text = [&](std::string_view data, CellKind kind) {
      if (work_.byte_count + data.size() > work_.byte_capacity) make_room(0, data.size());
      auto& target = output.cells()[at];
      std::copy(data.begin(), data.end(), work_.output_bytes + work_.byte_count);
      target.kind = kind;
      target.length = static_cast<std::uint32_t>(data.size());
      target.offset = work_.byte_count;
      work_.byte_count += static_cast<std::uint32_t>(data.size());
    };
    if (auto const* decimal = std::get_if<Decimal>(&value)) {
      text(decimal->text, CellKind::decimal);
    } else if (auto const* bytes = std::get_if<Bytes>(&value)) {
      text(bytes->data, CellKind::bytes);
    } else if (auto const* number = std::get_if<std::int64_t>(&value)) {
      cell.kind = CellKind::integer;
      cell.integer = *number;
    } else if (std::holds_alternative<Array>(value)) {
      cell.kind = CellKind::other;
      cell.offset = static_cast<std::uint32_t>(output.others().size());
      output.others().push_back(value);
    } else {
      cell.kind = CellKind::null;
    }
  }

  Value input(std::size_t at) const { return cells_->value(at); }
  void add_failure(std::size_t row, std::string message) { changes_->failed.push_back({row, std::move(message)}); }

 private:
  std::string key_text() const {
    std::string text;
    for (std::size_t i = 0; i < options_.key_count; ++i) {
      auto const value = cells_->value(std::size_t{work_.row} * work_.width + i);
      struct Text {
        std::string operator()(Null) const { return "NULL"; }
        std::string operator()(bool flag) const { return flag ? "true" : "false"; }
        std::string operator()(std::int64_t number) const { return std::to_string(number); }
        std::string operator()(double number) const { return fmt::format("{}", number); }
        std::string operator()(std::string const& given) const { return "'" + given + "'"; }
        std::string operator()(Decimal const& number) const { return number.text; }
        std::string operator()(Bytes const&) const { return "(bytes)"; }
        std::string operator()(Array const&) const { return "(an array)"; }
      };
      text += fmt::format("{}{} = {}", i > 0 ? ", " : "", options_.columns[i], std::visit(Text{}, value));
    }
    return text;
  }

  MigrationError explained(lua::CallError const& failure) const {
    bool const knows_row = work_.row < work_.rows;
    MigrationError error{knows_row ? fmt::format("the row function failed at {}: {}", key_text(), failure.message())
                                   : fmt::format("the function of a whole batch failed: {}", failure.message())};
    for (auto const& hint : failure.hints()) error.add_hint(hint);
    for (auto const& note : failure.notes()) error.add_note(note);
    if (auto hint = explain_nil(failure.message()); !hint.empty() && failure.hints().empty())
      error.add_hint({std::move(hint)});
    if (failure.location()) error.locate(*failure.location());
    error.traceback = failure.traceback;
    return error;
  }

  lua::State& state_;
  TransformOptions options_;
  Compiled compiled_;
  lua::Ref function_, loop_;
  Work work_;
  std::vector<std::string> columns_; ///< those the function named so far
  op::Changes* changes_ = nullptr;
  Cells const* cells_ = nullptr;
};

LuaTransform& transform_of(lua_State* L) {
  return *static_cast<LuaTransform*>(lua_touserdata(L, lua_upvalueindex(1)));
}

/// (cell) -> the value of a kind that the loop does not know.
int decode(lua_State* L) {
  lua::push_value(L, transform_of(L).input(static_cast<std::size_t>(lua_tonumber(L, 1))));
  return 1;
}

/// (cell, value, column), or (-1, name): a new column.
int encode(lua_State* L) {
  auto& transform = transform_of(L);
  auto const at = lua_tonumber(L, 1);
  if (at < 0) {
    transform.add_column(lua::to_text(L, 2));
    return 0;
  }
  auto const value = lua::to_value(L, 2);
  if (!value)
    throw lua::ArgumentError{
        fmt::format("'{}' must be a value a database can store, not {}", lua::to_text(L, 3), lua::type_text(L, 2))};
  transform.put(static_cast<std::size_t>(at), *value);
  return 0;
}

/// (cells, bytes) wanted beyond what is used.
int grow(lua_State* L) {
  transform_of(L).make_room(static_cast<std::size_t>(lua_tonumber(L, 1)), static_cast<std::size_t>(lua_tonumber(L, 2)));
  return 0;
}

/// (row, error)
int skip(lua_State* L) {
  auto& transform = transform_of(L);
  auto const row = static_cast<std::size_t>(lua_tonumber(L, 1));
  std::string message;
  if (auto const cause = lua::exception_at(L, 2)) {
    try {
      std::rethrow_exception(cause);
    } catch (std::exception const& error) {
      message = error.what();
    }
  } else if (lua_type(L, 2) == LUA_TSTRING || lua_type(L, 2) == LUA_TNUMBER) {
    message = lua::to_text(L, 2);
  } else {
    message = fmt::format("error() was called with {}", lua::type_text(L, 2));
  }
  transform.add_failure(row, std::move(message));
  return 0;
}

/// Owns the state below the transform.
class TransformElsewhere final : public op::Transform {
 public:
  TransformElsewhere(std::unique_ptr<FunctionElsewhere> function, TransformOptions const& options)
      : function_{std::move(function)} {
    lua::protect(function_->state(), [&](lua_State* L) {
      function_->push(L);
      transform_ = make_transform(L, lua_gettop(L), options);
    });
  }
  void run(Cells const& cells, std::size_t row_count, op::Changes& changes, op::Say const& say) override {
    transform_->run(cells, row_count, changes, say);
  }

 private:
  std::unique_ptr<FunctionElsewhere> function_;
  std::unique_ptr<op::Transform> transform_;
};

} // namespace

std::unique_ptr<op::Transform> make_transform(lua_State* L, int index, TransformOptions const& options) {
  return std::make_unique<LuaTransform>(L, lua::absolute(L, index), options);
}

std::unique_ptr<op::Transform> make_transform(std::unique_ptr<FunctionElsewhere> function,
                                              TransformOptions const& options) {
  return std::make_unique<TransformElsewhere>(std::move(function), options);
}

} // namespace vm::bindings

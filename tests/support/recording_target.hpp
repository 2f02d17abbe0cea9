// An op::Target that keeps what a script asks for, and a Lua state with the modules of the registry in front of it.
#pragma once

#include "bindings/context.hpp"
#include "bindings/module.hpp"
#include "engine/op/describe.hpp"
#include "tests/support/lua_fixture.hpp"

#include <string>
#include <utility>
#include <vector>

namespace vm::test {

/// A query that found nothing.
class NoRows : public op::Rows {
 public:
  std::vector<std::string> const& columns() const override { return columns_; }
  bool next(std::vector<Value>&) override { return false; }

 private:
  std::vector<std::string> columns_ = {};
};

class RecordingTarget : public op::Target {
 public:
  op::Surroundings around{.dialect = "postgresql", .server_version = "15.6", .offline = false, .direction = "upgrade"};
  schema::NamingConvention convention = {};
  schema::Catalog catalog = {};
  std::vector<op::Operation> operations = {};
  std::vector<Location> places = {};
  std::vector<op::InspectScope> inspections = {};
  int blocks = 0;

  op::Surroundings const& surroundings() const override { return around; }
  schema::NamingConvention const& naming() const override { return convention; }
  op::Outcome apply(op::Operation const& operation, Location const& where) override {
    operations.push_back(operation);
    places.push_back(where);
    return {7};
  }
  std::unique_ptr<op::Rows> query(std::string const&, std::optional<op::Parameters> const&, Location const&) override {
    return std::make_unique<NoRows>();
  }
  schema::Catalog inspect(op::InspectScope const& scope, Location const&) override {
    inspections.push_back(scope);
    return catalog;
  }
  void autocommit_block(std::function<void()> const& body, Location const&) override {
    ++blocks;
    body();
  }
};

/// A script's world: run text as the file "script.lua" while a migration runs.
class Script {
 public:
  RecordingTarget target;
  script::HostOptions options = {};

  Script() {
    state_.context = &context_;
    context_.options = &options;
    context_.script = "script.lua";
    for (auto const& module : bindings::modules()) {
      lua_newtable(state_);
      for (auto const& part : module.functions)
        for (auto const& function : part) {
          lua_pushcfunction(state_, function.func);
          lua_setfield(state_, -2, function.name);
        }
      if (module.fill != nullptr) module.fill(state_);
      lua_setglobal(state_, std::string{module.name}.c_str());
    }
    luaL_openlibs(state_);
  }

  lua_State* state() { return state_; }

  /// The operations that `text` makes.
  std::vector<op::Operation> const& run(std::string_view text) {
    target.operations.clear();
    auto const active = bindings::ActiveTarget{context_, target};
    test::run(state_, text);
    return target.operations;
  }

  /// The one operation, of the type expected.
  template<typename Operation>
  Operation one(std::string_view text) {
    auto const& made = run(text);
    if (made.size() != 1) throw std::runtime_error{"not one operation but " + std::to_string(made.size())};
    return std::get<Operation>(made.front());
  }

  /// What is described, a line each.
  std::string lines(std::string_view text) {
    auto all = std::string{};
    for (auto const& operation : run(text)) all += (all.empty() ? "" : "\n") + op::describe(operation);
    return all;
  }

  lua::CallError error(std::string_view text) {
    auto const active = bindings::ActiveTarget{context_, target};
    return error_of(state_, text);
  }
  std::string message(std::string_view text) { return error(text).message(); }
  std::string hint(std::string_view text) {
    auto const failed = error(text);
    return failed.hints().empty() ? std::string{"no hint"} : failed.hints().front().text;
  }

  /// `return text`, as tostring shows it.
  std::string text(std::string_view expression) {
    auto const active = bindings::ActiveTarget{context_, target};
    test::run(state_, "return tostring(" + std::string{expression} + ")", 1);
    auto result = lua::to_text(state_, -1);
    lua_pop(state_, 1);
    return result;
  }

 private:
  bindings::Context context_;
  lua::State state_;
};

} // namespace vm::test

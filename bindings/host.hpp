// script::Host for Lua: reads the headers of migration files, runs them against a target, and runs env.lua.
#pragma once

#include "engine/script/host.hpp"

#include <memory>

namespace vm::bindings {

/// One Lua state runs migrations, hooks and libraries; headers are read by states that live as long as the reading.
/// Used by one thread, but for interrupt().
class LuaHost : public script::Host {
 public:
  explicit LuaHost(script::HostOptions options);
  ~LuaHost() override;
  LuaHost(LuaHost const&) = delete;
  LuaHost& operator=(LuaHost const&) = delete;

  script::Environment load_environment(std::filesystem::path const& env_file) override;
  std::vector<script::ReadResult> read_headers(std::span<std::filesystem::path const> files) override;
  void run(script::Header const& script, graph::Direction direction, op::Target& target) override;
  std::optional<script::DesiredSchema> load_schema(std::filesystem::path const& file,
                                                   schema::NamingConvention const& naming,
                                                   op::Surroundings const& surroundings) override;
  bool call(script::Header const& script, std::string_view function, op::Target& target) override;
  void before_migration(script::Header const& script, graph::Direction direction, op::Target& target) override;
  void after_migration(script::Header const& script, graph::Direction direction, op::Target& target) override;
  std::unique_ptr<op::TransformSource> backfill_function(script::Header const& script, std::string const& name,
                                                         op::Surroundings const& surroundings, bool skip_errors,
                                                         bool whole_batch) override;
  void interrupt() noexcept override;

 private:
  struct Machine;
  class Elsewhere;
  class Reader;
  Machine& machine();
  bool call_function(Machine& machine, script::Header const& script, std::string_view function, op::Target& target,
                     bool with_bind);
  void load_libraries();

  struct Shared;
  std::unique_ptr<Shared> shared_;
  std::unique_ptr<Machine> machine_;
};

std::unique_ptr<script::Host> make_lua_host(script::HostOptions options);

} // namespace vm::bindings

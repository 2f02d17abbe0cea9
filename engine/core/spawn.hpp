// What every program that vm starts has in common, whoever starts it: its signals, and how its end is told.
#pragma once

#include <optional>
#include <spawn.h>
#include <string>

namespace vm {

/// The C structures of posix_spawn, freed on every way out. The cli blocks the signals it watches and ignores SIGPIPE;
/// a child does not inherit that.
struct SpawnSettings {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;

  SpawnSettings();
  SpawnSettings(SpawnSettings const&) = delete;
  SpawnSettings& operator=(SpawnSettings const&) = delete;
  ~SpawnSettings();
};

/// From waitpid(): nullopt for success, else "exit status 3" or "signal 11".
std::optional<std::string> failure_of(int status);

} // namespace vm

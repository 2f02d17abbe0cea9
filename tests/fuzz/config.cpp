// vm.toml: whatever is in it, there are settings that hold what their types promise, or a ConfigError with a line.
#include "engine/config/config.hpp"

#include "engine/config/toml_file.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <cmath>

using namespace vm;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  static fuzz::Folder const folder;
  auto const text = fuzz::text_of(data, size);
  bool const is_toml = fuzz::accepts<ConfigError>([&] { config::read_toml(text, "vm.toml"); });
  auto const file = folder.write("vm.toml", text);
  config::EnvironmentVariables const variables{{"HOST", "db.example"}, {"EMPTY", ""}};
  bool is_config = false;
  for (auto const& env : {std::optional<std::string>{}, std::optional<std::string>{"prod"}}) {
    try {
      auto const config = config::load({.config_file = file, .env = env}, variables, folder.path());
      is_config = true;
      fuzz::require(config.script_location.is_absolute(), "script_location is absolute");
      for (auto const& path : config.version_locations) fuzz::require(path.is_absolute(), "version_locations");
      fuzz::require(!config.version_table.empty(), "version_table has a name");
      fuzz::require(!config.lock_timeout || (std::isfinite(*config.lock_timeout) && *config.lock_timeout >= 0),
                    "lock_timeout is a time");
      fuzz::require(std::isfinite(config.time_limit) && config.time_limit >= 0, "time_limit is a time");
      fuzz::require(config.lock_retries >= 0 && config.truncate_slug_length >= 1, "counts count");
      fuzz::require(config.memory_limit >= 1u << 20, "memory_limit leaves room to work");
      if (config.url) fuzz::accepts<ConfigError>([&] { config::database_url(config); });
    } catch (ConfigError const& error) {
      fuzz::require(!error.message().empty(), "an error says what happened");
    }
  }
  fuzz::require(is_toml || !is_config, "settings come from TOML only");
  config::parse_duration(text);
  config::parse_size(text);
  return 0;
}

// `.env`: variables with names, or a ConfigError at a line; a value in single quotes is read back as it is.
#include "engine/config/config.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace vm;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  auto const text = fuzz::text_of(data, size);
  config::EnvironmentVariables const process{{"HOME", "/home/ann"}, {"EMPTY", ""}};
  try {
    auto const variables = config::parse_dotenv(text, ".env", process);
    std::string again;
    config::EnvironmentVariables quoted;
    for (auto const& [name, value] : variables) {
      fuzz::require(!name.empty() && name.find_first_of("= \t\n") == std::string::npos, "a variable has a name");
      if (value.find('\'') != std::string::npos) continue;
      again += "export " + name + " = '" + value + "' # kept\r\n";
      quoted.emplace(name, value);
    }
    fuzz::require(config::parse_dotenv(again, ".env", process) == quoted, "a quoted value is read back", again);
  } catch (ConfigError const& error) {
    fuzz::require(error.location() && error.location()->line >= 1, "an error has a line");
  }
  return 0;
}

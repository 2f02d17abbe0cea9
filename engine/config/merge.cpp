#include "engine/config/config.hpp"
#include "engine/config/expand.hpp"
#include "engine/config/toml_file.hpp"
#include "engine/core/error.hpp"
#include "engine/core/files.hpp"
#include "engine/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <tuple>
#include <utility>

namespace vm::config {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view file_name = "vm.toml";
constexpr std::size_t file_limit = std::size_t{1} << 20;
constexpr std::size_t smallest_memory_limit = std::size_t{1} << 20;

/// Where variables of `${NAME}` and the URL come from: the process first, then .env.
struct Variables {
  EnvironmentVariables const& process;
  EnvironmentVariables dotenv;

  static std::optional<std::string> find(EnvironmentVariables const& variables, std::string const& name) {
    auto const found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  }
  std::optional<std::string> find(std::string const& name) const {
    auto value = find(process, name);
    return value ? value : find(dotenv, name);
  }
};

[[noreturn]] void fail(std::string const& file, int line, std::string const& message,
                       std::optional<std::string> const& hint = std::nullopt) {
  ConfigError error{message};
  if (hint) error.add_hint(Hint{*hint});
  error.locate({file, line});
  throw error;
}

enum class Kind { text, texts, integer, duration, size, boolean, text_map, hooks };

std::string_view expected_by(Kind kind) {
  switch (kind) {
  case Kind::text: return "a string";
  case Kind::texts: return "a string or an array of strings";
  case Kind::integer: return "an integer";
  case Kind::duration: return "a number of seconds or a string such as '30s'";
  case Kind::size: return "a number of bytes or a string such as '512MiB'";
  case Kind::boolean: return "a boolean";
  case Kind::text_map: return "a table of strings";
  case Kind::hooks: return "an array of tables";
  }
  return "";
}

bool is_text(Setting const& setting) {
  return std::holds_alternative<std::string>(setting.value);
}

/// The types only; values are looked at once it is known which section is in force and which variables it needs.
void check_kind(std::string const& key, Setting const& setting, Kind kind, std::string const& file) {
  auto const require = [&](bool holds) {
    if (!holds)
      fail(file, setting.line, fmt::format("'{}' must be {}, found {}", key, expected_by(kind), kind_of(setting)));
  };
  auto const require_text = [&](Setting const& element, std::string_view what) {
    if (!is_text(element))
      fail(file, element.line, fmt::format("{} of '{}' must be a string, found {}", what, key, kind_of(element)));
  };
  auto const& value = setting.value;
  bool const is_integer = std::holds_alternative<std::int64_t>(value);
  switch (kind) {
  case Kind::text: require(is_text(setting)); break;
  case Kind::texts:
    if (auto const* list = std::get_if<List>(&value)) {
      for (auto const& element : *list) require_text(element, "an element");
    } else {
      require(is_text(setting));
    }
    break;
  case Kind::integer: require(is_integer); break;
  case Kind::duration: require(is_integer || std::holds_alternative<double>(value) || is_text(setting)); break;
  case Kind::size: require(is_integer || is_text(setting)); break;
  case Kind::boolean: require(std::holds_alternative<bool>(value)); break;
  case Kind::text_map:
    require(std::holds_alternative<Section>(value));
    for (auto const& [name, element] : std::get<Section>(value)) require_text(element, fmt::format("'{}'", name));
    break;
  case Kind::hooks:
    require(std::holds_alternative<List>(value));
    for (auto const& element : std::get<List>(value))
      if (!std::holds_alternative<Section>(element.value))
        fail(file, element.line, fmt::format("an element of '{}' must be a table, found {}", key, kind_of(element)));
    break;
  }
}

/// One setting in force, read as what its key needs.
class Reader {
 public:
  Reader(std::string const& key, Setting const& setting, std::string const& file, Variables const& variables)
      : key_{key},
        setting_{setting},
        file_{file},
        variables_{variables} {}

  int line() const { return setting_.line; }
  std::string const& key() const { return key_; }
  std::string source() const { return fmt::format("{}:{}", file_, setting_.line); }
  [[noreturn]] void refuse(std::string const& message, std::optional<std::string> const& hint = std::nullopt) const {
    fail(file_, setting_.line, message, hint);
  }

  std::string text() const { return expanded(setting_); }

  std::string filled_text() const {
    auto value = text();
    if (value.empty()) refuse(fmt::format("'{}' must not be empty", key_));
    return value;
  }

  std::vector<std::string> texts() const {
    if (is_text(setting_)) return {text()};
    std::vector<std::string> values;
    for (auto const& element : std::get<List>(setting_.value)) values.push_back(expanded(element));
    return values;
  }

  std::map<std::string, std::string> text_map() const {
    std::map<std::string, std::string> values;
    for (auto const& [name, element] : std::get<Section>(setting_.value)) values.emplace(name, expanded(element));
    return values;
  }

  bool boolean() const { return std::get<bool>(setting_.value); }

  int integer(int least) const {
    auto const value = std::get<std::int64_t>(setting_.value);
    if (value < least) refuse(fmt::format("'{}' must be at least {}, found {}", key_, least, value));
    if (value > std::numeric_limits<int>::max()) refuse(fmt::format("'{}' is too large: {}", key_, value));
    return static_cast<int>(value);
  }

  double duration() const {
    std::optional<double> seconds;
    if (auto const* whole = std::get_if<std::int64_t>(&setting_.value)) seconds = static_cast<double>(*whole);
    if (auto const* real = std::get_if<double>(&setting_.value)) seconds = *real;
    if (is_text(setting_)) {
      auto const value = text();
      seconds = parse_duration(value);
      if (!seconds)
        refuse(fmt::format("'{}' must be a duration, found '{}'", key_, value),
               "a number of seconds, or a text such as '30s', '5m' or '500ms'");
    }
    if (!std::isfinite(*seconds) || *seconds < 0)
      refuse(fmt::format("'{}' must not be negative or infinite, found {}", key_, *seconds));
    return *seconds;
  }

  std::size_t size() const {
    if (auto const* bytes = std::get_if<std::int64_t>(&setting_.value)) {
      if (*bytes < 0) refuse(fmt::format("'{}' must not be negative, found {}", key_, *bytes));
      return static_cast<std::size_t>(*bytes);
    }
    auto const value = text();
    auto const bytes = parse_size(value);
    if (!bytes)
      refuse(fmt::format("'{}' must be a size, found '{}'", key_, value),
             "a number of bytes, or a text such as '512MiB' or '1GB'");
    return *bytes;
  }

  template<class Value, std::size_t N>
  Value choice(std::array<std::pair<std::string_view, Value>, N> const& choices) const {
    auto const value = text();
    std::vector<std::string> names;
    for (auto const& [name, meaning] : choices) {
      if (name == value) return meaning;
      names.emplace_back(name);
    }
    std::vector<std::string> const front(names.begin(), names.end() - 1);
    auto const near = nearest_name(value, names);
    refuse(fmt::format("'{}' must be {} or '{}', found '{}'", key_, quoted_list(front), names.back(), value),
           near ? std::optional{fmt::format("did you mean '{}'?", *near)} : std::nullopt);
  }

  std::vector<PostWriteHook> hooks(fs::path const& project) const {
    static std::vector<std::string> const keys{"name", "command", "cwd"};
    std::vector<PostWriteHook> hooks;
    for (auto const& element : std::get<List>(setting_.value)) {
      PostWriteHook hook;
      for (auto const& [key, value] : std::get<Section>(element.value)) {
        if (std::find(keys.begin(), keys.end(), key) == keys.end()) {
          auto const near = nearest_name(key, keys);
          fail(file_, value.line, fmt::format("unknown key '{}' in '{}'", key, key_),
               near ? fmt::format("did you mean '{}'?", *near) : "known are " + quoted_list(keys));
        }
        auto const full = fmt::format("{}.{}", key_, key);
        check_kind(full, value, key == "command" ? Kind::texts : Kind::text, file_);
        Reader const reader{full, value, file_, variables_};
        if (key == "name") hook.name = reader.text();
        if (key == "cwd") hook.cwd = project / reader.filled_text();
        if (key == "command") hook.command = is_text(value) ? reader.words() : reader.texts();
      }
      if (hook.command.empty() || hook.command[0].empty())
        fail(file_, element.line, fmt::format("an element of '{}' has no command", key_),
             "command = [\"program\", \"{path}\"]");
      if (hook.name.empty()) hook.name = hook.command[0];
      hooks.push_back(std::move(hook));
    }
    return hooks;
  }

 private:
  std::string expanded(Setting const& setting) const {
    auto const lookup = [&](std::string const& name) { return variables_.find(name); };
    return expand(std::get<std::string>(setting.value), lookup, [&](std::string const& name) -> std::string {
      fail(file_, setting.line, fmt::format("'{}' needs the environment variable '{}', which is not set", key_, name),
           fmt::format("set it here or in .env, or write a default: '${{{}:-value}}'", name));
    });
  }

  /// The text cut at blanks, but not inside quotes; variables are replaced in each word, so that their blanks do not
  /// cut.
  std::vector<std::string> words() const {
    std::vector<std::string> words;
    std::string word;
    bool open = false;
    char quote = '\0';
    auto const& raw = std::get<std::string>(setting_.value);
    auto const finish = [&] {
      if (open) words.push_back(expanded(Setting{word, setting_.line}));
      word.clear();
      open = false;
    };
    for (char const c : raw) {
      if (quote != '\0') {
        if (c == quote)
          quote = '\0';
        else
          word += c;
      } else if (c == '\'' || c == '"') {
        quote = c;
        open = true;
      } else if (c == ' ' || c == '\t' || c == '\n') {
        finish();
      } else {
        word += c;
        open = true;
      }
    }
    if (quote != '\0') refuse(fmt::format("'{}' has a quote that is never closed", key_));
    finish();
    return words;
  }

  std::string const& key_;
  Setting const& setting_;
  std::string const& file_;
  Variables const& variables_;
};

using TransactionChoice = std::pair<std::string_view, TransactionMode>;
using LockChoice = std::pair<std::string_view, LockMode>;
using DriftChoice = std::pair<std::string_view, OnDrift>;
using KeyChoice = std::pair<std::string_view, std::string_view>;

constexpr std::array<TransactionChoice, 3> transactions{{{"per-migration", TransactionMode::per_migration},
                                                         {"all", TransactionMode::all},
                                                         {"none", TransactionMode::none}}};
constexpr std::array<LockChoice, 4> locks{{{"auto", LockMode::automatic},
                                           {"advisory", LockMode::advisory},
                                           {"table", LockMode::table},
                                           {"none", LockMode::none}}};
constexpr std::array<DriftChoice, 3> drifts{
    {{"warn", OnDrift::warn}, {"error", OnDrift::error}, {"ignore", OnDrift::ignore}}};
constexpr std::array<KeyChoice, 2> primary_keys{{{"serial", "serial"}, {"identity", "identity"}}};

std::vector<fs::path> paths(Reader const& reader, fs::path const& project) {
  std::vector<fs::path> result;
  for (auto const& text : reader.texts()) {
    if (text.empty()) reader.refuse(fmt::format("'{}' holds an empty path", reader.key()));
    result.push_back((project / text).lexically_normal());
  }
  return result;
}

struct Key {
  std::string_view name;
  Kind kind;
  void (*read)(Config&, Reader const&);
};

// The contract of vm.toml, a line a key.
constexpr auto keys = std::to_array<Key>({
    {"url", Kind::text, [](Config&, Reader const&) {}}, // by precedence, in load()
    {"script_location", Kind::text,
     [](Config& c, Reader const& r) { c.script_location = (c.project / r.filled_text()).lexically_normal(); }},
    {"version_locations", Kind::texts, [](Config& c, Reader const& r) { c.version_locations = paths(r, c.project); }},
    {"version_table", Kind::text, [](Config& c, Reader const& r) { c.version_table = r.filled_text(); }},
    {"version_table_schema", Kind::text, [](Config& c, Reader const& r) { c.version_table_schema = r.filled_text(); }},
    {"library_path", Kind::texts, [](Config& c, Reader const& r) { c.library_path = paths(r, c.project); }},
    {"libraries", Kind::texts, [](Config& c, Reader const& r) { c.libraries = r.texts(); }},
    {"file_template", Kind::text, [](Config& c, Reader const& r) { c.file_template = r.filled_text(); }},
    {"timezone", Kind::text, [](Config& c, Reader const& r) { c.timezone = r.text(); }},
    {"truncate_slug_length", Kind::integer, [](Config& c, Reader const& r) { c.truncate_slug_length = r.integer(1); }},
    {"transaction", Kind::text, [](Config& c, Reader const& r) { c.transaction = r.choice(transactions); }},
    {"lock", Kind::text, [](Config& c, Reader const& r) { c.lock = r.choice(locks); }},
    {"lock_timeout", Kind::duration, [](Config& c, Reader const& r) { c.lock_timeout = r.duration(); }},
    {"statement_timeout", Kind::duration, [](Config& c, Reader const& r) { c.statement_timeout = r.duration(); }},
    {"lock_retries", Kind::integer, [](Config& c, Reader const& r) { c.lock_retries = r.integer(0); }},
    {"on_drift", Kind::text, [](Config& c, Reader const& r) { c.on_drift = r.choice(drifts); }},
    {"post_write_hooks", Kind::hooks, [](Config& c, Reader const& r) { c.post_write_hooks = r.hooks(c.project); }},
    {"naming_convention", Kind::text_map, [](Config& c, Reader const& r) { c.naming_convention = r.text_map(); }},
    {"memory_limit", Kind::size,
     [](Config& c, Reader const& r) {
       c.memory_limit = r.size();
       if (c.memory_limit < smallest_memory_limit) r.refuse("'memory_limit' must be at least 1MiB");
     }},
    {"time_limit", Kind::duration, [](Config& c, Reader const& r) { c.time_limit = r.duration(); }},
    {"allow_env", Kind::texts, [](Config& c, Reader const& r) { c.allow_env = r.texts(); }},
    {"postgresql_primary_key", Kind::text,
     [](Config& c, Reader const& r) { c.postgresql_primary_key = std::string{r.choice(primary_keys)}; }},
    {"target_schema", Kind::text, [](Config& c, Reader const& r) { c.target_schema = r.text(); }},
    {"protected", Kind::boolean, [](Config& c, Reader const& r) { c.is_protected = r.boolean(); }},
});

Key const* find_key(std::string_view name) {
  auto const* const found = std::find_if(keys.begin(), keys.end(), [&](Key const& key) { return key.name == name; });
  return found == keys.end() ? nullptr : found;
}

/// Keys and types of one section. `env` is its name, empty for the top level.
void check_section(Section const& section, std::string const& env, std::string const& file) {
  for (auto const& [name, setting] : section) {
    if (env.empty() && name == "env") continue;
    auto const* const key = find_key(name);
    if (key == nullptr) {
      std::vector<std::string> names;
      for (auto const& known : keys) names.emplace_back(known.name);
      if (env.empty()) names.emplace_back("env");
      auto const near = nearest_name(name, names);
      fail(file, setting.line,
           env.empty() ? fmt::format("unknown key '{}'", name) : fmt::format("unknown key '{}' in [env.{}]", name, env),
           near ? std::optional{fmt::format("did you mean '{}'?", *near)} : std::nullopt);
    }
    if (name == "protected" && env.empty())
      fail(file, setting.line, "'protected' belongs in an [env.NAME] section",
           "only a named environment can be protected");
    check_kind(name, setting, key->kind, file);
  }
}

/// The top level with the chosen [env.NAME] laid over it.
Section section_in_force(Section const& top, std::string const& env, std::string const& file) {
  check_section(top, "", file);
  Section const* environments = nullptr;
  std::vector<std::string> names;
  if (auto const found = top.find("env"); found != top.end()) {
    environments = std::get_if<Section>(&found->second.value);
    if (environments == nullptr)
      fail(file, found->second.line, fmt::format("'env' must be a table, found {}", kind_of(found->second)),
           "write a section [env.NAME]; one is chosen with '-e NAME'");
    for (auto const& [name, section] : *environments) {
      auto const* const settings = std::get_if<Section>(&section.value);
      if (settings == nullptr)
        fail(file, section.line, fmt::format("'env.{}' must be a table, found {}", name, kind_of(section)),
             fmt::format("write a section [env.{}]", name));
      check_section(*settings, name, file);
      names.push_back(name);
    }
  }
  auto result = top;
  result.erase("env");
  if (env.empty()) return result;
  auto const chosen = environments == nullptr ? Section::const_iterator{} : environments->find(env);
  if (environments == nullptr || chosen == environments->end()) {
    ConfigError error{fmt::format("{} has no environment '{}'", file, env)};
    if (auto const near = nearest_name(env, names)) error.add_hint(Hint{fmt::format("did you mean '{}'?", *near)});
    error.add_hint(Hint{names.empty() ? fmt::format("write a section [env.{}] in {}", env, file)
                                      : "known are " + quoted_list(names)});
    throw error;
  }
  for (auto const& [name, setting] : std::get<Section>(chosen->second.value)) result.insert_or_assign(name, setting);
  return result;
}

/// vm.toml in `start` or the nearest parent that has one.
std::optional<fs::path> find_file(fs::path start) {
  while (true) {
    std::error_code ignored;
    if (auto candidate = start / file_name; fs::exists(fs::symlink_status(candidate, ignored))) return candidate;
    auto parent = start.parent_path();
    if (parent == start || parent.empty()) return std::nullopt;
    start = std::move(parent);
  }
}

/// A path for messages: from where the person stands, also upwards.
std::string shown(fs::path const& path, fs::path const& working_directory) {
  auto const relative = path.lexically_relative(working_directory);
  return relative.empty() || relative.native().size() > path.native().size() ? path.native() : relative.native();
}

/// `.env` beside vm.toml. A folder of that name is somebody's virtual environment and none of our business.
EnvironmentVariables read_dotenv(fs::path const& path, fs::path const& working_directory,
                                 EnvironmentVariables const& environment) {
  std::error_code ignored;
  auto const status = fs::status(path, ignored);
  if (!fs::exists(status) || fs::is_directory(status)) return {};
  auto const name = shown(path, working_directory);
  try {
    return parse_dotenv(read_file(path, file_limit), name, environment);
  } catch (FileError const& error) {
    throw FileError{"read", name, error.reason};
  }
}

/// The first of --url, VM_URL and DATABASE_URL of the process, the same of .env; empty values count as not given.
std::optional<std::pair<std::string, std::string>> url_outside_the_file(Overrides const& overrides,
                                                                        Variables const& variables) {
  if (overrides.url) return std::pair{*overrides.url, std::string{"--url"}};
  for (auto const* const source : {&variables.process, &variables.dotenv})
    for (char const* const name : {"VM_URL", "DATABASE_URL"})
      if (auto value = Variables::find(*source, name); value && !value->empty())
        return std::pair{*value, source == &variables.dotenv ? fmt::format("{} in .env", name) : std::string{name}};
  return std::nullopt;
}

fs::path normal(fs::path const& path) {
  auto result = path.lexically_normal();
  return result.has_filename() || result == result.root_path() ? result : result.parent_path();
}

} // namespace

std::optional<double> parse_duration(std::string_view text) {
  text = trim(text);
  double value = 0;
  auto const [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (fault != std::errc{} || !std::isfinite(value) || value < 0 || text.starts_with('-')) return std::nullopt;
  auto const unit = trim(text.substr(static_cast<std::size_t>(end - text.data())));
  if (unit.empty() || unit == "s") return value;
  if (unit == "ms") return value / 1000;
  if (unit == "m" || unit == "min") return value * 60;
  if (unit == "h") return value * 3600;
  if (unit == "d") return value * 86400;
  return std::nullopt;
}

std::optional<std::size_t> parse_size(std::string_view text) {
  text = trim(text);
  std::uint64_t value = 0;
  auto const [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc{}) return std::nullopt;
  auto const unit = trim(text.substr(static_cast<std::size_t>(end - text.data())));
  constexpr auto units = std::to_array<std::pair<std::string_view, std::uint64_t>>({
      {"", 1},
      {"B", 1},
      {"kB", 1000},
      {"MB", 1000 * 1000},
      {"GB", 1000 * 1000 * 1000},
      {"KiB", std::uint64_t{1} << 10},
      {"MiB", std::uint64_t{1} << 20},
      {"GiB", std::uint64_t{1} << 30},
      {"K", std::uint64_t{1} << 10},
      {"M", std::uint64_t{1} << 20},
      {"G", std::uint64_t{1} << 30},
  });
  for (auto const& [name, factor] : units)
    if (equals_ignore_case(name, unit)) {
      if (value > std::numeric_limits<std::uint64_t>::max() / factor) return std::nullopt;
      return value * factor;
    }
  return std::nullopt;
}

Config load(Overrides const& overrides, EnvironmentVariables const& environment, fs::path const& working_directory,
            bool require_file) {
  auto const start = normal(overrides.directory ? working_directory / *overrides.directory : working_directory);
  std::error_code ignored;
  if (overrides.directory && !fs::is_directory(start, ignored))
    throw ConfigError{fmt::format("no such folder: '{}'", overrides.directory->native())};

  auto const file = overrides.config_file ? std::optional{normal(start / *overrides.config_file)} : find_file(start);
  Config config;
  config.project = file ? file->parent_path() : start;
  Variables const variables{environment, read_dotenv(config.project / ".env", working_directory, environment)};
  auto const outside = url_outside_the_file(overrides, variables);

  Section section;
  std::string name;
  if (file) {
    config.file = *file;
    name = overrides.config_file ? overrides.config_file->native() : shown(*file, working_directory);
    std::string text;
    try {
      text = read_file(*file, file_limit);
    } catch (FileError const& error) {
      throw FileError{"read", name, error.reason};
    }
    section = section_in_force(read_toml(text, name), overrides.env.value_or(""), name);
    config.env = overrides.env.value_or("");
  } else if (overrides.env && !overrides.env->empty()) {
    throw ConfigError{
        fmt::format("no vm.toml found here or in a parent folder, so there is no environment '{}'", *overrides.env),
        Hint{"'vm init' starts a project"}};
  } else if (!outside && require_file) {
    throw ConfigError{"no vm.toml found here or in a parent folder",
                      Hint{"'vm init' starts a project here; '-C DIR' looks elsewhere"}};
  }

  for (auto const& [key, setting] : section) {
    Reader const reader{key, setting, name, variables};
    find_key(key)->read(config, reader);
    if (key == "url" && !outside) {
      config.url = reader.filled_text();
      config.url_source = reader.source();
    }
  }
  if (outside) std::tie(config.url, config.url_source) = *outside;
  config.run_lock_timeout = overrides.lock_timeout;

  config.script_location = config.project / config.script_location; // stays as it is when absolute
  if (config.version_locations.empty()) config.version_locations = {config.script_location / "versions"};
  if (!section.contains("library_path")) config.library_path = {config.project / "scripts"};
  return config;
}

DatabaseUrl database_url(Config const& config) {
  if (!config.url) {
    auto const where = config.file.empty() ? std::string{"--url URL, VM_URL, DATABASE_URL or .env"}
                                           : std::string{"'url' in vm.toml, --url URL, VM_URL, DATABASE_URL or .env"};
    throw ConfigError{"no database URL given", Hint{fmt::format("name the database by {}", where)}};
  }
  try {
    auto url = DatabaseUrl::parse(*config.url);
    if (url.dialect == "sqlite" && !url.database.empty())
      url.database = (config.project / url.database).lexically_normal().native();
    return url;
  } catch (ConfigError& error) {
    auto const colon = config.url_source.rfind(':');
    int line = 0;
    if (colon != std::string::npos)
      std::from_chars(config.url_source.data() + colon + 1, config.url_source.data() + config.url_source.size(), line);
    if (line > 0)
      error.locate({config.url_source.substr(0, colon), line});
    else
      error.locate({config.url_source, 0});
    throw;
  }
}

} // namespace vm::config

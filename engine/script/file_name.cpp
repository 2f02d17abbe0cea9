// Ids, slugs and file names of new migrations.
#include "engine/core/error.hpp"
#include "engine/core/text.hpp"
#include "engine/script/local_time.hpp"
#include "engine/script/template.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <optional>
#include <sys/random.h>
#include <system_error>
#include <variant>

namespace vm::script {

namespace {

constexpr std::size_t longest_name = 255; // NAME_MAX

/// One character of UTF-8, or a stray byte.
std::string_view next_character(std::string_view text) {
  std::size_t length = 1;
  while (length < text.size() && length < 4 && (static_cast<unsigned char>(text[length]) & 0xC0u) == 0x80u) ++length;
  return text.substr(0, static_cast<unsigned char>(text[0]) < 0xC0 ? 1 : length);
}

std::uint32_t code_of(std::string_view character) {
  auto const byte = [&](std::size_t i) { return static_cast<unsigned char>(character[i]); };
  switch (character.size()) {
  case 2: return (byte(0) & 0x1Fu) << 6 | (byte(1) & 0x3Fu);
  case 3: return (byte(0) & 0x0Fu) << 12 | (byte(1) & 0x3Fu) << 6 | (byte(2) & 0x3Fu);
  case 4: return (byte(0) & 0x07u) << 18 | (byte(1) & 0x3Fu) << 12 | (byte(2) & 0x3Fu) << 6 | (byte(3) & 0x3Fu);
  default: return byte(0);
  }
}

struct Range {
  std::uint32_t first, last;
};

// Beyond ASCII a character counts as part of a word, but for punctuation, symbols and what has no glyph.
constexpr auto no_letters = std::to_array<Range>({
    {0x80, 0xA9},     {0xAB, 0xB1},     {0xB4, 0xB4},     {0xB6, 0xB8},     {0xBB, 0xBB},       {0xBF, 0xBF},
    {0xD7, 0xD7},     {0xF7, 0xF7},     {0x2000, 0x206F}, {0x20A0, 0x20CF}, {0x2190, 0x245F},   {0x2500, 0x2BFF},
    {0x2E00, 0x2E7F}, {0x3000, 0x3004}, {0x3008, 0x3020}, {0xD800, 0xF8FF}, {0xFE10, 0xFE6F},   {0xFEFF, 0xFF0F},
    {0xFF1A, 0xFF20}, {0xFF3B, 0xFF40}, {0xFF5B, 0xFF65}, {0xFFE0, 0xFFFF}, {0x1F000, 0x1FAFF}, {0xE0000, 0x10FFFF},
});

bool is_word(std::string_view character) {
  auto const code = code_of(character);
  if (code < 0x80)
    return (code >= '0' && code <= '9') || (code >= 'a' && code <= 'z') || (code >= 'A' && code <= 'Z') || code == '_';
  if (character.size() == 1) return false; // a stray byte
  return std::none_of(no_letters.begin(), no_letters.end(),
                      [&](Range const& range) { return code >= range.first && code <= range.last; });
}

/// Lower case for ASCII and the two-byte letters of Latin, Greek and Cyrillic; other scripts have none or stay as they
/// are.
void append_lower(std::string& result, std::string_view character) {
  if (character.size() == 1) {
    result += lower(character);
    return;
  }
  auto code = code_of(character);
  if ((code >= 0xC0 && code <= 0xDE && code != 0xD7) || (code >= 0x391 && code <= 0x3A9) ||
      (code >= 0x410 && code <= 0x42F))
    code += 0x20;
  else if (code >= 0x400 && code <= 0x40F)
    code += 0x50;
  else if ((code >= 0x100 && code <= 0x137 && code != 0x130) || (code >= 0x14A && code <= 0x177))
    code |= 1;
  else if (((code >= 0x139 && code <= 0x148) || (code >= 0x179 && code <= 0x17E)) && code % 2 == 1)
    code += 1;
  if (character.size() != 2) {
    result += character;
    return;
  }
  result += static_cast<char>(0xC0u | code >> 6);
  result += static_cast<char>(0x80u | (code & 0x3Fu));
}

using Token = std::variant<long, std::string>;

struct Tokens {
  NewScript const& script;
  LocalTime time;
  int slug_limit;

  static std::vector<std::string> names() {
    return {"rev", "slug", "epoch", "year", "month", "day", "hour", "minute", "second"};
  }

  std::optional<Token> find(std::string_view name) const {
    auto const& fields = time.fields;
    if (name == "rev") return script.revision;
    if (name == "slug") return slug(script.message, slug_limit);
    if (name == "epoch")
      return static_cast<long>(std::chrono::floor<std::chrono::seconds>(script.created).time_since_epoch().count());
    if (name == "year") return long{fields.tm_year} + 1900;
    if (name == "month") return long{fields.tm_mon} + 1;
    if (name == "day") return long{fields.tm_mday};
    if (name == "hour") return long{fields.tm_hour};
    if (name == "minute") return long{fields.tm_min};
    if (name == "second") return long{fields.tm_sec};
    return std::nullopt;
  }

  Token get(std::string_view name, std::string_view written) const {
    if (auto token = find(name)) return *token;
    ConfigError error{fmt::format("unknown token '{}' in 'file_template'", written)};
    auto const known = names();
    if (auto const near = nearest_name(name, known))
      error.add_hint(Hint{fmt::format("did you mean '{}'?", *near)});
    else
      error.add_hint(Hint{"known are " + quoted_list(known)});
    throw error;
  }
};

/// `{month}`: dates with leading zeros, so that names sort.
std::string plain(Token const& token, std::string_view name) {
  if (auto const* text = std::get_if<std::string>(&token)) return *text;
  auto const number = std::get<long>(token);
  return name == "epoch" ? fmt::format("{}", number) : fmt::format("{:0{}}", number, name == "year" ? 4 : 2);
}

/// What follows `%(name)`: Python's `[0-][width][.precision](d|s)`.
struct Format {
  bool zeros = false, left = false;
  std::size_t width = 0;
  std::optional<std::size_t> precision;
  std::size_t length = 0; ///< characters it takes, 0 where it is no format
};

Format read_format(std::string_view text) {
  Format format;
  std::size_t at = 0;
  auto const number = [&] {
    std::size_t value = 0;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at)
      value = std::min<std::size_t>(value * 10 + static_cast<std::size_t>(text[at] - '0'), longest_name);
    return value;
  };
  for (; at < text.size() && (text[at] == '0' || text[at] == '-'); ++at)
    (text[at] == '0' ? format.zeros : format.left) = true;
  format.width = number();
  if (at < text.size() && text[at] == '.') {
    ++at;
    format.precision = number();
  }
  if (at < text.size() && (text[at] == 'd' || text[at] == 's')) format.length = at + 1;
  return format;
}

std::string formatted(Token const& token, Format const& format) {
  std::string text;
  bool zeros = format.zeros && !format.left;
  if (auto const* word = std::get_if<std::string>(&token)) {
    text = word->substr(0, format.precision.value_or(std::string::npos));
    zeros = false;
  } else {
    text = fmt::format("{:0{}}", std::get<long>(token), format.precision.value_or(1));
  }
  if (text.size() < format.width) {
    auto const padding = format.width - text.size();
    text.insert(format.left ? text.size() : 0, padding, zeros ? '0' : ' ');
  }
  return text;
}

std::string expand(std::string_view text, Tokens const& tokens) {
  std::string result;
  for (std::size_t i = 0; i < text.size();) {
    auto rest = text.substr(i);
    if (rest.starts_with("%%(")) { // as an .ini file must write it
      ++i;
      rest.remove_prefix(1);
    }
    if (rest.starts_with("%(")) {
      auto const end = rest.find(')');
      auto const format = end == std::string_view::npos ? Format{} : read_format(rest.substr(end + 1));
      if (format.length == 0)
        throw ConfigError{fmt::format("'{}' in 'file_template' is no token", rest),
                          Hint{"a token is '{rev}' or '%(rev)s'"}};
      result += formatted(tokens.get(rest.substr(2, end - 2), rest.substr(0, end + 1)), format);
      i += end + 1 + format.length;
    } else if (rest.starts_with("%%")) {
      result += '%';
      i += 2;
    } else if (rest.starts_with('{')) {
      auto const end = rest.find('}');
      if (end == std::string_view::npos)
        throw ConfigError{fmt::format("'{}' in 'file_template' is no token", rest),
                          Hint{"a token is '{rev}' or '%(rev)s'"}};
      auto const name = rest.substr(1, end - 1);
      result += plain(tokens.get(name, rest.substr(0, end + 1)), name);
      i += end + 1;
    } else {
      result += text[i++];
    }
  }
  return result;
}

} // namespace

std::string new_revision_id() {
  std::array<unsigned char, 6> bytes{};
  while (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
    if (errno != EINTR) throw std::system_error{errno, std::generic_category(), "getrandom"};
  return fmt::format("{:02x}", fmt::join(bytes, ""));
}

std::string slug(std::string_view message, int limit) {
  std::string result;
  int characters = 0;
  std::size_t cut = std::string::npos;    // where `limit` characters end
  std::size_t border = std::string::npos; // the last '_' before that
  bool in_word = false;
  auto const append = [&](std::string_view character) {
    if (characters == limit && cut == std::string::npos) cut = result.size();
    if (character == "_" && cut == std::string::npos) border = result.size();
    append_lower(result, character);
    ++characters;
  };
  while (!message.empty()) {
    auto const character = next_character(message);
    message.remove_prefix(character.size());
    if (!is_word(character)) {
      in_word = false;
      continue;
    }
    if (!in_word && !result.empty()) append("_");
    in_word = true;
    append(character);
  }
  if (cut != std::string::npos) result.resize(border != std::string::npos && border > 0 ? border : cut);
  // Underlines of the message itself may double or stand at an end.
  std::string tidy;
  for (char const c : result)
    if (c != '_' || (!tidy.empty() && tidy.back() != '_')) tidy += c;
  while (tidy.ends_with('_')) tidy.pop_back();
  return tidy;
}

std::string created_text(std::chrono::system_clock::time_point time, std::string const& timezone) {
  auto const local = local_time(time, timezone);
  auto const& fields = local.fields;
  auto text = fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02} ", fields.tm_year + 1900, fields.tm_mon + 1,
                          fields.tm_mday, fields.tm_hour, fields.tm_min, fields.tm_sec);
  if (local.is_utc) return text + "UTC";
  auto const minutes = std::abs(local.offset) / 60;
  return text + fmt::format("{}{:02}:{:02}", local.offset < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

std::string file_name(NewScript const& script, config::Config const& config) {
  Tokens const tokens{script, local_time(script.created, config.timezone), config.truncate_slug_length};
  auto name = expand(config.file_template, tokens);
  std::string_view const extension = script.sql ? ".sql" : ".lua";
  if (name.ends_with(extension)) name.resize(name.size() - extension.size());
  // Without a message '{rev}_{slug}' would end in its separator.
  if (slug(script.message, config.truncate_slug_length).empty())
    while (name.size() > 1 && (name.ends_with('_') || name.ends_with('-'))) name.pop_back();
  name += extension;

  bool const leaves =
      std::any_of(name.begin(), name.end(), [](char c) { return c == '/' || static_cast<unsigned char>(c) < 0x20; });
  if (leaves)
    throw ConfigError{fmt::format("'{}' is no name of a file in the folder of migrations", name),
                      Hint{"it is made by 'file_template' from the revision and the message"}};
  if (name.starts_with('.'))
    throw ConfigError{fmt::format("a migration named '{}' would be hidden", name),
                      Hint{"let 'file_template' begin with '{rev}'"}};
  if (name.size() > longest_name)
    throw ConfigError{
        fmt::format("the file name would be {} bytes long, and {} is the most", name.size(), longest_name),
        Hint{"lower 'truncate_slug_length', or choose a shorter revision id"}};
  return name;
}

} // namespace vm::script

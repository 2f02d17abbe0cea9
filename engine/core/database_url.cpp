#include "engine/core/database_url.hpp"

#include "engine/core/error.hpp"
#include "engine/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

namespace vm {

namespace {

struct Scheme {
  std::string_view name, dialect;
};

constexpr auto schemes = std::to_array<Scheme>({
    {"sqlite", "sqlite"},
    {"sqlite3", "sqlite"},
    {"postgresql", "postgresql"},
    {"postgres", "postgresql"},
    {"mysql", "mysql"},
    {"mariadb", "mariadb"},
});

constexpr auto secret_parameters = std::to_array<std::string_view>({"password", "passwd", "sslpassword", "passfile"});

constexpr std::string_view examples = "for example 'sqlite:///app.db', 'postgresql://user:password@host/database' or "
                                      "'mysql://user:password@host/database'";

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
bool is_secret(std::string_view parameter) {
  return std::any_of(secret_parameters.begin(), secret_parameters.end(),
                     [&](std::string_view name) { return equals_ignore_case(name, parameter); });
}

unsigned hex_value(char c) {
  if (is_digit(c)) return static_cast<unsigned>(c - '0');
  return static_cast<unsigned>((c | 0x20) - 'a') + 10;
}

/// `part` names what is decoded, for the message; the text itself may be a secret and is not shown.
std::string decode(std::string_view text, std::string_view part, bool plus_is_space = false) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      result += ' ';
    } else if (text[i] != '%') {
      result += text[i];
    } else {
      if (i + 2 >= text.size() || !is_hex(text[i + 1]) || !is_hex(text[i + 2]))
        throw ConfigError{fmt::format("'%' without two hex digits in the {} of the database URL", part),
                          Hint{"write '%' as '%25'"}};
      auto const byte = hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]);
      if (byte == 0) throw ConfigError{fmt::format("'%00' in the {} of the database URL", part)};
      result += static_cast<char>(byte);
      i += 2;
    }
  }
  return result;
}

std::string encode(std::string_view text, std::string_view also_plain) {
  std::string result;
  for (char const c : text) {
    if (is_letter(c) || is_digit(c) || std::string_view{"-._~"}.find(c) != std::string_view::npos ||
        also_plain.find(c) != std::string_view::npos || static_cast<unsigned char>(c) >= 0x80)
      result += c;
    else
      result += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return result;
}

/// `host[:port]`, still encoded.
struct Server {
  std::string_view host, port;
};

enum class ServerFault { none, host, port };

bool is_host(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return is_letter(c) || is_digit(c) || c == '.' || c == '-' || c == '_' || c == '~' || c == '%' ||
           static_cast<unsigned char>(c) >= 0x80;
  });
}

bool is_ipv6(std::string_view text) {                  // a sieve, not a parser: the driver has the last word
  auto const address = text.substr(0, text.find('%')); // a zone, "fe80::1%eth0"
  return address.find(':') != std::string_view::npos &&
         std::all_of(address.begin(), address.end(), [](char c) { return is_hex(c) || c == ':' || c == '.'; });
}

std::optional<int> parse_port(std::string_view text) {
  int port = 0;
  auto const [end, fault] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (fault != std::errc{} || end != text.data() + text.size() || port < 1 || port > 65535) return std::nullopt;
  return port;
}

ServerFault read_server(std::string_view text, Server& server) {
  if (text.starts_with('[')) {
    auto const end = text.find(']');
    server.host = text.substr(0, end == std::string_view::npos ? end : end + 1);
    if (end == std::string_view::npos || !is_ipv6(text.substr(1, end - 1))) return ServerFault::host;
    server.host = text.substr(1, end - 1);
    text.remove_prefix(end + 1);
    if (!text.empty() && text[0] != ':') return ServerFault::host;
    server.port = text.empty() ? text : text.substr(1);
  } else {
    auto const colon = text.find(':');
    server.host = text.substr(0, colon);
    server.port = colon == std::string_view::npos ? std::string_view{} : text.substr(colon + 1);
    if (!is_host(server.host)) return ServerFault::host;
  }
  if (!server.port.empty() && !parse_port(server.port)) return ServerFault::port;
  return ServerFault::none;
}

/// What follows the user: `servers[/database][?query]`, still encoded.
struct Rest {
  std::string_view servers, database, query;
};

Rest take_apart(std::string_view text) {
  Rest rest;
  auto const question = text.find('?');
  if (question != std::string_view::npos) rest.query = text.substr(question + 1);
  text = text.substr(0, question);
  auto const slash = text.find('/');
  rest.servers = text.substr(0, slash);
  if (slash != std::string_view::npos) rest.database = text.substr(slash + 1);
  return rest;
}

bool is_parameter_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return is_letter(c) || is_digit(c) || std::string_view{"_-.~%"}.find(c) != std::string_view::npos ||
           static_cast<unsigned char>(c) >= 0x80;
  });
}

/// Whether `text`, found behind a possible user, reads as the rest of a URL.
bool is_plausible(std::string_view text) {
  auto const rest = take_apart(text);
  for (auto const part : split(rest.servers, ',')) {
    Server server;
    if (read_server(part, server) != ServerFault::none) return false;
  }
  if (rest.database.find('@') != std::string_view::npos) return false;
  if (rest.query.empty()) return true;
  auto const parts = split(rest.query, '&');
  return std::all_of(parts.begin(), parts.end(), [](std::string_view part) {
    auto const equals = part.find('=');
    return part.empty() || (equals != std::string_view::npos && is_parameter_name(part.substr(0, equals)));
  });
}

void read_parameters(std::string_view query, DatabaseUrl& url) {
  for (auto const part : split(query, '&')) {
    if (part.empty()) continue;
    auto const equals = part.find('=');
    if (equals == std::string_view::npos || equals == 0)
      throw ConfigError{"a parameter of the database URL is not 'name=value'",
                        Hint{"a '?' that belongs to the password is written '%3F'"}};
    auto const name = decode(part.substr(0, equals), "parameters");
    url.parameters[name] = decode(part.substr(equals + 1), fmt::format("parameter '{}'", name), true);
  }
}

/// Moves libpq's connection parameters into the fields they mean; as in libpq, a parameter wins.
void move_parameters(DatabaseUrl& url) {
  auto const take = [&](char const* name, auto&& assign) {
    auto const found = url.parameters.find(name);
    if (found == url.parameters.end()) return;
    assign(found->second);
    url.parameters.erase(found);
  };
  take("host", [&](std::string& value) { url.host = std::move(value); });
  take("user", [&](std::string& value) { url.user = std::move(value); });
  take("password", [&](std::string& value) { url.password = std::move(value); });
  take("dbname", [&](std::string& value) { url.database = std::move(value); });
  if (auto const port = url.parameters.find("port");
      port != url.parameters.end() && port->second.find(',') == std::string::npos) {
    url.port = parse_port(port->second);
    if (!url.port) throw ConfigError{"parameter 'port' of the database URL is not a number from 1 to 65535"};
    url.parameters.erase(port);
  }
}

void read_servers(std::string_view text, bool after_user, DatabaseUrl& url) {
  std::vector<std::string> hosts, ports;
  for (auto const part : split(text, ',')) {
    Server server;
    switch (read_server(part, server)) {
    case ServerFault::none: break;
    case ServerFault::port:
      // Without a user this may be `user:password` whose '@host' was forgotten: not shown.
      if (!after_user)
        throw ConfigError{"the port in the database URL is not a number from 1 to 65535",
                          Hint{"a user and a password are followed by '@': 'user:password@host'"}};
      throw ConfigError{fmt::format("port '{}' in the database URL is not a number from 1 to 65535", server.port)};
    case ServerFault::host:
      if (!after_user) throw ConfigError{"the host in the database URL holds characters no host has"};
      if (server.host.starts_with('['))
        throw ConfigError{fmt::format("'{}' in the database URL is neither a host nor an IPv6 address", part),
                          Hint{fmt::format("put your server's name where '{}' stands", server.host)}};
      throw ConfigError{fmt::format("host '{}' in the database URL holds characters no host has", server.host),
                        Hint{"in a password '@' is written '%40', '/' '%2F', '?' '%3F' and '#' '%23'"}};
    }
    hosts.push_back(decode(server.host, "host"));
    ports.emplace_back(server.port);
  }
  url.host = join(hosts, ",");
  bool const same = std::all_of(ports.begin(), ports.end(), [&](std::string const& port) { return port == ports[0]; });
  if (!same)
    url.parameters["port"] = join(ports, ",");
  else if (!ports[0].empty())
    url.port = parse_port(ports[0]);
}

void read_sqlite(std::string_view text, DatabaseUrl& url) {
  auto const question = text.find('?');
  auto const path = text.substr(0, question);
  if (question != std::string_view::npos) read_parameters(text.substr(question + 1), url);
  if (path.empty()) return;
  if (path[0] != '/') {
    auto const slash = path.find('/');
    auto const host = path.substr(0, slash);
    bool const is_file = slash == std::string_view::npos || host == "." || host == "..";
    if (host.find('@') != std::string_view::npos)
      throw ConfigError{"an SQLite URL has neither user nor host", Hint{"write 'sqlite:///path/to/file.db'"}};
    if (is_file)
      throw ConfigError{fmt::format("an SQLite URL has no host, and 'sqlite://{}' names one", path),
                        Hint{fmt::format("write 'sqlite:///{}'", path)}};
    throw ConfigError{
        fmt::format("an SQLite URL has no host, and 'sqlite://{}' names '{}'", path, host),
        Hint{fmt::format("write 'sqlite:///{0}' from the project folder, 'sqlite:////{0}' from the root", path)}};
  }
  url.database = decode(path.substr(1), "path");
  // SQLAlchemy's way to write SQLite's own URI names.
  if (auto const uri = url.parameters.find("uri"); uri != url.parameters.end()) {
    if (url.database.starts_with("file:")) url.database.erase(0, 5);
    url.parameters.erase(uri);
  }
  if (url.database == ":memory:") url.database.clear();
}

/// A text without `://`: what did the person mean?
[[noreturn]] void refuse_without_scheme(std::string_view text) {
  if (text.empty()) throw ConfigError{"the database URL is empty", Hint{std::string{examples}}};
  auto const lowered = lower(text);
  for (std::string_view const prefix : {"sqlite3:", "sqlite:"}) {
    if (!lowered.starts_with(prefix)) continue;
    auto const path = text.substr(prefix.size());
    throw ConfigError{"an SQLite URL has three slashes before a relative path and four before an absolute one",
                      Hint{fmt::format("write 'sqlite:///{}'", path)}};
  }
  for (std::string_view const ending : {".db", ".sqlite", ".sqlite3"})
    if (lowered.ends_with(ending) && text.find_first_of("@: ") == std::string_view::npos)
      throw ConfigError{fmt::format("'{}' is a path, not a database URL", text),
                        Hint{fmt::format("write 'sqlite:///{}'", text)}};
  throw ConfigError{"the database URL does not begin with 'sqlite://', 'postgresql://', 'mysql://' or 'mariadb://'",
                    Hint{std::string{examples}}};
}

std::string_view read_scheme(std::string_view text) {
  auto const lowered = lower(text.substr(0, text.find('+')));
  for (auto const& scheme : schemes)
    if (scheme.name == lowered) return scheme.dialect;
  std::vector<std::string> const names{"sqlite", "postgresql", "postgres", "mysql", "mariadb"};
  if (lowered.starts_with("jdbc:"))
    throw ConfigError{fmt::format("unknown database '{}' in the URL", text), Hint{"leave out 'jdbc:'"}};
  std::vector<std::string> const known{"sqlite", "postgresql", "mysql", "mariadb"};
  auto const near = nearest_name(lowered, names);
  throw ConfigError{fmt::format("unknown database '{}' in the URL", text),
                    Hint{near ? fmt::format("did you mean '{}'?", *near) : "known are " + quoted_list(known)}};
}

} // namespace

DatabaseUrl DatabaseUrl::parse(std::string_view text) {
  text = trim(text);
  auto const marker = text.find("://");
  if (marker == std::string_view::npos || marker == 0) refuse_without_scheme(marker == 0 ? "://" : text);
  auto const scheme = text.substr(0, marker);
  // Anything but a scheme in front ("host=h password=p://") may be a secret.
  auto const is_scheme = [](std::string_view name) {
    return std::all_of(name.begin(), name.end(), [](char c) {
      return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.' || c == '_';
    });
  };
  if (!is_scheme(lower(scheme).starts_with("jdbc:") ? scheme.substr(5) : scheme)) refuse_without_scheme("://");

  DatabaseUrl url;
  url.dialect = read_scheme(scheme);
  auto const rest = text.substr(marker + 3);
  if (url.dialect == "sqlite") {
    read_sqlite(rest, url);
    return url;
  }

  // The first '@' after which a host can stand ends the user; before it, everything belongs to the password.
  std::size_t at = std::string_view::npos;
  if (!is_plausible(rest)) {
    at = rest.find('@');
    while (at != std::string_view::npos && !is_plausible(rest.substr(at + 1))) at = rest.find('@', at + 1);
    if (at == std::string_view::npos)
      at = rest.rfind('@'); // none is right: the errors below speak of what follows the last
  }
  bool const has_user = at != std::string_view::npos;
  if (has_user) {
    auto const user = rest.substr(0, at);
    auto const colon = user.find(':');
    url.user = decode(user.substr(0, colon), "user");
    if (colon != std::string_view::npos) url.password = decode(user.substr(colon + 1), "password");
  }
  auto const parts = take_apart(has_user ? rest.substr(at + 1) : rest);
  read_servers(parts.servers, has_user, url);
  url.database = decode(parts.database, "database");
  read_parameters(parts.query, url);
  move_parameters(url);
  return url;
}

std::string DatabaseUrl::masked() const {
  auto result = dialect + "://";
  if (dialect == "sqlite") {
    if (!database.empty()) result += '/' + encode(database, "/:@+ ");
    if (result.ends_with(' ')) result.replace(result.size() - 1, 1, "%20"); // one at the end would be cut off
  } else {
    if (!user.empty() || password) {
      result += encode(user, "");
      if (password) result += ":***";
      result += '@';
    }
    std::vector<std::string> hosts;
    for (auto const one : split(host, ',')) {
      hosts.push_back(is_ipv6(one) ? fmt::format("[{}]", encode(one, ":")) : encode(one, ""));
      if (port) hosts.back() += fmt::format(":{}", *port); // each has its own: one for all is written as often
    }
    result += join(hosts, ",");
    if (!database.empty()) result += '/' + encode(database, "");
  }
  char separator = '?';
  for (auto const& [name, value] : parameters) {
    result += separator;
    result += fmt::format("{}={}", encode(name, ""), is_secret(name) ? "***" : encode(value, "/:@,"));
    separator = '&';
  }
  return result;
}

namespace {

constexpr std::string_view mask = "***";

bool is_scheme_character(char c) {
  return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
}

/// `user:password@` after each `://`.
std::string mask_urls(std::string_view text) {
  std::string result;
  std::size_t done = 0;
  for (auto marker = text.find("://"); marker != std::string_view::npos; marker = text.find("://", marker)) {
    auto const start = marker + 3;
    marker = start;
    auto const end = std::min(text.find_first_of(" \t\r\n", start), text.size());
    auto user = text.substr(start, end - start);
    // A second URL in the same word ("a://…,b://…") ends the first, unless the '://' is within a password.
    if (auto next = user.find("://"); next != std::string_view::npos) {
      while (next > 0 && is_scheme_character(user[next - 1])) --next;
      if (user.substr(0, next).find('@') != std::string_view::npos) user = user.substr(0, next);
    }
    auto const at = user.rfind('@');
    auto const colon = user.find(':');
    if (at == std::string_view::npos || colon >= at) continue;
    result += text.substr(done, start + colon + 1 - done);
    result += mask;
    done = start + at;
    marker = done;
  }
  result += text.substr(done);
  return result;
}

/// `password=…` as in connection strings and URL parameters.
std::string mask_assignments(std::string_view text) {
  auto const lowered = lower(text);
  std::string result;
  std::size_t done = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '=') continue;
    auto name_end = i;
    while (name_end > done && (text[name_end - 1] == ' ')) --name_end;
    auto name = name_end;
    while (name > done && (is_letter(text[name - 1]) || text[name - 1] == '_')) --name;
    if (!is_secret(std::string_view{lowered}.substr(name, name_end - name))) continue;
    auto value = i + 1;
    while (value < text.size() && text[value] == ' ') ++value;
    auto end = value;
    if (value < text.size() && (text[value] == '\'' || text[value] == '"')) {
      for (end = value + 1; end < text.size() && text[end] != text[value]; ++end)
        if (text[end] == '\\') ++end;
      end = std::min(end + 1, text.size());
    }
    // Without quotes around it, or with something behind them: in a URL they belong to the password.
    end = std::min(text.find_first_of(" \t\r\n&;,\"')", end), text.size());
    if (end == value) continue;
    result += text.substr(done, value - done);
    result += mask;
    done = end;
    i = end - 1;
  }
  result += text.substr(done);
  return result;
}

} // namespace

std::string mask_secrets(std::string_view text) {
  return mask_assignments(mask_urls(text));
}

} // namespace vm

// A database URL taken apart. Knows the grammar and how to hide the password; knows nothing of drivers.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace vm {

/// `dialect[+driver]://[user[:password]@][host[:port]][/database][?key=value&…]`, percent-encoding decoded.
/// The forms are SQLAlchemy's (https://docs.sqlalchemy.org/en/20/core/engines.html): `sqlite:///relative.db`,
/// `sqlite:////absolute.db`, `sqlite://` (memory), `postgres://`, `postgresql+asyncpg://`, `mysql://`, `mariadb://`.
struct DatabaseUrl {
  std::string dialect; ///< "sqlite", "postgresql", "mysql" or "mariadb"
  std::string user;
  std::optional<std::string> password;
  std::string host; ///< empty: the driver's default (a local socket); a path: a socket
  std::optional<int> port;
  std::string database;                          ///< SQLite: the path, empty for memory
  std::map<std::string, std::string> parameters; ///< `sslmode`, `options`, `application_name`, …

  /// An odd character of a password (`@ / ? # :`) needs no encoding where the rest still tells it apart: what follows
  /// the user must read as `host[:port][/database][?key=value]`. `%` always starts two hex digits. libpq's parameters
  /// `host`, `port`, `user`, `password` and `dbname` fill the fields of the same name. Several hosts stay one text,
  /// "a,b"; ports that differ stay the parameter `port`, "5432,5433". MySQL's `unix_socket` stays a parameter. Throws
  /// ConfigError: unknown scheme ("did you mean"), bad port, bad percent-encoding, a host in a SQLite URL. The text of
  /// the error never holds the password.
  static DatabaseUrl parse(std::string_view text);

  /// For logs and errors: the password, and parameters that hold secrets (`password`, `sslpassword`, `passfile`), are
  /// `***`.
  std::string masked() const;

  bool operator==(DatabaseUrl const&) const = default;
};

/// `text` with the password of every URL-like part and of every `password=…` replaced by `***`; for messages of
/// drivers.
std::string mask_secrets(std::string_view text);

} // namespace vm

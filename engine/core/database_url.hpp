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
  std::string dialect;                           ///< "sqlite", "postgresql", "mysql" or "mariadb"
  std::string user;
  std::optional<std::string> password;
  std::string host;                              ///< empty: the driver's default (a local socket)
  std::optional<int> port;
  std::string database;                          ///< SQLite: the path, empty for memory
  std::map<std::string, std::string> parameters; ///< `sslmode`, `options`, `application_name`, …

  /// Throws ConfigError: unknown scheme ("did you mean"), bad port, bad percent-encoding, a host in a SQLite URL.
  /// The text of the error never holds the password.
  static DatabaseUrl parse(std::string_view text);

  /// For logs and errors: the password, and parameters that hold secrets (`password`, `sslpassword`, `passfile`), are `***`.
  std::string masked() const;
};

/// `text` with the password of every URL-like part replaced by `***`; for messages of drivers.
std::string mask_secrets(std::string_view text);

} // namespace vm

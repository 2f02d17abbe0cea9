// What every failure in vm is. The hierarchy is cut by who must act, and each class has one exit code
// (cli/exit_code.hpp). A message is lower case, without a full stop, with names in single quotes; the way out is a
// separate hint. Levels that know more add it on the way up: place, revision, statement, state of the database.
#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace vm {

/// The way out of an error, one line, printed as `hint: …`.
struct Hint {
  std::string text;
};

/// A place in a file a person wrote. `line` counts from 1; 0 means "the file as a whole".
struct Location {
  std::string file;
  int line = 0;

  bool operator==(Location const&) const = default;
};

/// `file:line`, or `file` where the line is not known.
std::string to_string(Location const& location);

/// A labelled fact printed under the message, in the order added: "revision", "statement", "database", "SQLSTATE" …
/// `text` may have several lines (a statement with the position marked).
struct Note {
  std::string label;
  std::string text;
};

/// Base of everything vm throws on purpose. Not thrown itself.
class Error : public std::runtime_error {
 public:
  explicit Error(std::string const& message);
  Error(std::string const& message, Hint hint);

  std::string const& message() const { return message_; }
  std::vector<Hint> const& hints() const { return hints_; }
  std::optional<Location> const& location() const { return location_; }
  std::vector<Note> const& notes() const { return notes_; }

  /// Puts context in front of the message: "file.lua: message".
  void prefix(std::string const& text);
  void add_hint(Hint hint) { hints_.push_back(std::move(hint)); }
  void add_note(Note note) { notes_.push_back(std::move(note)); }
  /// Sets the place unless a level nearer to the cause has set one.
  void locate(Location location);

  char const* what() const noexcept override { return message_.c_str(); }

 private:
  std::string message_;
  std::vector<Hint> hints_;
  std::optional<Location> location_;
  std::vector<Note> notes_;
};

/// The command line is wrong: an unknown option, a missing argument, a target that does not fit. Exit code 2.
class UsageError : public Error {
 public:
  using Error::Error;
};

/// `vm.toml`, `.env`, an environment variable or a URL is wrong. Exit code 2.
class ConfigError : public Error {
 public:
  using Error::Error;
};

/// A migration file, `env.lua` or a script library is wrong before anything ran. Exit code 2.
/// Several broken files are one ScriptError that counts them ("3 migration files are broken") and whose `others` hold
/// each; a single one is thrown as itself.
class ScriptError : public Error {
 public:
  using Error::Error;

  std::vector<ScriptError> others;
  std::string traceback; ///< the Lua traceback, shown with --traceback; may be empty
};

/// The revisions do not form a graph (cycle, gap, duplicate), or a name resolves to no or several revisions. Exit
/// code 2.
class GraphError : public Error {
 public:
  using Error::Error;
};

/// A migration failed while it ran. The cause is nested (std::throw_with_nested is not used; see `cause`). Exit code 1.
class MigrationError : public Error {
 public:
  using Error::Error;

  std::string traceback; ///< the Lua traceback, shown with --traceback; may be empty
};

/// What a DatabaseError means for the caller.
enum class DatabaseErrorKind {
  other,
  syntax,          ///< the statement is wrong
  constraint,      ///< unique, foreign key, check, not null
  lock_timeout,    ///< could not get a lock in time; may be retried
  deadlock,        ///< chosen as victim; may be retried
  connection_lost, ///< the session is unusable
  interrupted,     ///< cancelled on our request
  read_only,       ///< the database or the transaction cannot be written
  disk_full,
};

/// The database refused a statement. Exit code 1.
class DatabaseError : public Error {
 public:
  using Error::Error;

  DatabaseErrorKind kind = DatabaseErrorKind::other;
  std::string code;                    ///< SQLSTATE on PostgreSQL, error number elsewhere ("1146", "SQLITE_BUSY")
  std::string detail;                  ///< the server's DETAIL, may be empty
  std::string statement;               ///< what was sent, may be empty
  std::optional<std::size_t> position; ///< byte offset in `statement`, where the database tells
};

/// No session: unreachable host, wrong password, no such database. Exit code 5.
class ConnectError : public Error {
 public:
  using Error::Error;

  bool is_full = false; ///< the server answered that it has no connection to spare: waiting may help
};

/// The migration lock was not free in time. Exit code 4.
class LockError : public Error {
 public:
  using Error::Error;
};

/// SIGINT or SIGTERM; what ran was rolled back or journaled. Exit code 130.
class Interrupted : public Error {
 public:
  using Error::Error;
};

} // namespace vm

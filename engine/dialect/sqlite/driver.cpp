#include "engine/dialect/sqlite/driver.hpp"

#include "engine/core/text.hpp"
#include "engine/db/bulk.hpp"
#include "engine/db/driver_library.hpp"
#include "engine/dialect/sqlite/value_places.hpp"

#include <fmt/format.h>
#include <soci/soci-backend.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <fcntl.h>
#include <filesystem>
#include <limits>
#include <list>
#include <mutex>
#include <thread>
#include <unistd.h>
#include <utility>

namespace vm::dialect::sqlite {

namespace {

// soci-sqlite3.h puts the whole of sqlite3.h into this namespace.
using namespace sqlite_api;

constexpr double default_busy_timeout = 5;
constexpr std::size_t kept_statements = 64;

using Clock = std::chrono::steady_clock;

Clock::duration seconds(double value) {
  return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>{std::clamp(value, 0.0, 1e9)});
}

struct Driver {
  db::DriverLibrary library{"sqlite3", VM_SOCI_SQLITE3, "libsoci-sqlite3-4.0"};

  decltype(&sqlite3_bind_blob64) bind_blob64;
  decltype(&sqlite3_bind_double) bind_double;
  decltype(&sqlite3_bind_int64) bind_int64;
  decltype(&sqlite3_bind_null) bind_null;
  decltype(&sqlite3_bind_parameter_count) bind_parameter_count;
  decltype(&sqlite3_bind_text64) bind_text64;
  decltype(&sqlite3_busy_handler) busy_handler;
  decltype(&sqlite3_changes64) changes64;
  decltype(&sqlite3_clear_bindings) clear_bindings;
  decltype(&sqlite3_column_count) column_count;
  decltype(&sqlite3_column_decltype) column_decltype;
  decltype(&sqlite3_column_name) column_name;
  decltype(&sqlite3_db_config) db_config;
  decltype(&sqlite3_errmsg) errmsg;
  decltype(&sqlite3_error_offset) error_offset;
  decltype(&sqlite3_extended_errcode) extended_errcode;
  decltype(&sqlite3_extended_result_codes) extended_result_codes;
  decltype(&sqlite3_finalize) finalize;
  decltype(&sqlite3_get_autocommit) get_autocommit;
  decltype(&sqlite3_interrupt) interrupt;
  decltype(&sqlite3_libversion) libversion;
  decltype(&sqlite3_libversion_number) libversion_number;
  decltype(&sqlite3_prepare_v3) prepare_v3;
  decltype(&sqlite3_progress_handler) progress_handler;
  decltype(&sqlite3_reset) reset;
  decltype(&sqlite3_step) step;
  decltype(&sqlite3_total_changes64) total_changes64;
  decltype(&sqlite3_column_value) column_value;
  decltype(&sqlite3_value_blob) value_blob;
  decltype(&sqlite3_value_bytes) value_bytes;
  decltype(&sqlite3_value_double) value_double;
  decltype(&sqlite3_value_int64) value_int64;
  decltype(&sqlite3_value_text) value_text;
  decltype(&sqlite3_value_type) value_type;

  Driver() {
    library.find(bind_blob64, "sqlite3_bind_blob64");
    library.find(bind_double, "sqlite3_bind_double");
    library.find(bind_int64, "sqlite3_bind_int64");
    library.find(bind_null, "sqlite3_bind_null");
    library.find(bind_parameter_count, "sqlite3_bind_parameter_count");
    library.find(bind_text64, "sqlite3_bind_text64");
    library.find(busy_handler, "sqlite3_busy_handler");
    library.find(changes64, "sqlite3_changes64");
    library.find(clear_bindings, "sqlite3_clear_bindings");
    library.find(column_count, "sqlite3_column_count");
    library.find(column_decltype, "sqlite3_column_decltype");
    library.find(column_name, "sqlite3_column_name");
    library.find(db_config, "sqlite3_db_config");
    library.find(errmsg, "sqlite3_errmsg");
    library.find(error_offset, "sqlite3_error_offset");
    library.find(extended_errcode, "sqlite3_extended_errcode");
    library.find(extended_result_codes, "sqlite3_extended_result_codes");
    library.find(finalize, "sqlite3_finalize");
    library.find(get_autocommit, "sqlite3_get_autocommit");
    library.find(interrupt, "sqlite3_interrupt");
    library.find(libversion, "sqlite3_libversion");
    library.find(libversion_number, "sqlite3_libversion_number");
    library.find(prepare_v3, "sqlite3_prepare_v3");
    library.find(progress_handler, "sqlite3_progress_handler");
    library.find(reset, "sqlite3_reset");
    library.find(step, "sqlite3_step");
    library.find(total_changes64, "sqlite3_total_changes64");
    library.find(column_value, "sqlite3_column_value");
    library.find(value_blob, "sqlite3_value_blob");
    library.find(value_bytes, "sqlite3_value_bytes");
    library.find(value_double, "sqlite3_value_double");
    library.find(value_int64, "sqlite3_value_int64");
    library.find(value_text, "sqlite3_value_text");
    library.find(value_type, "sqlite3_value_type");
    configure();
  }

  /// Before the first connection: no statistics of memory, which every allocation takes a lock for, and no locks within
  /// a connection, as no session of vm is used by two threads at once (sqlite3_interrupt() needs none). An application
  /// that started SQLite before keeps its own settings.
  void configure() const {
    static std::once_flag once;
    std::call_once(once, [this] {
      decltype(&sqlite3_config) config = nullptr;
      library.find(config, "sqlite3_config");
      config(SQLITE_CONFIG_MEMSTATUS, 0);
      config(SQLITE_CONFIG_MULTITHREAD);
    });
  }
};

struct CodeName {
  int code;
  std::string_view name;
};

// Those a migration can meet; others are shown by number.
constexpr auto code_names = std::to_array<CodeName>({
    {SQLITE_ERROR, "SQLITE_ERROR"},
    {SQLITE_INTERNAL, "SQLITE_INTERNAL"},
    {SQLITE_PERM, "SQLITE_PERM"},
    {SQLITE_ABORT, "SQLITE_ABORT"},
    {SQLITE_ABORT_ROLLBACK, "SQLITE_ABORT_ROLLBACK"},
    {SQLITE_BUSY, "SQLITE_BUSY"},
    {SQLITE_BUSY_RECOVERY, "SQLITE_BUSY_RECOVERY"},
    {SQLITE_BUSY_SNAPSHOT, "SQLITE_BUSY_SNAPSHOT"},
    {SQLITE_BUSY_TIMEOUT, "SQLITE_BUSY_TIMEOUT"},
    {SQLITE_LOCKED, "SQLITE_LOCKED"},
    {SQLITE_LOCKED_SHAREDCACHE, "SQLITE_LOCKED_SHAREDCACHE"},
    {SQLITE_NOMEM, "SQLITE_NOMEM"},
    {SQLITE_READONLY, "SQLITE_READONLY"},
    {SQLITE_READONLY_RECOVERY, "SQLITE_READONLY_RECOVERY"},
    {SQLITE_READONLY_CANTLOCK, "SQLITE_READONLY_CANTLOCK"},
    {SQLITE_READONLY_ROLLBACK, "SQLITE_READONLY_ROLLBACK"},
    {SQLITE_READONLY_DBMOVED, "SQLITE_READONLY_DBMOVED"},
    {SQLITE_READONLY_CANTINIT, "SQLITE_READONLY_CANTINIT"},
    {SQLITE_READONLY_DIRECTORY, "SQLITE_READONLY_DIRECTORY"},
    {SQLITE_INTERRUPT, "SQLITE_INTERRUPT"},
    {SQLITE_IOERR, "SQLITE_IOERR"},
    {SQLITE_IOERR_READ, "SQLITE_IOERR_READ"},
    {SQLITE_IOERR_WRITE, "SQLITE_IOERR_WRITE"},
    {SQLITE_IOERR_FSYNC, "SQLITE_IOERR_FSYNC"},
    {SQLITE_CORRUPT, "SQLITE_CORRUPT"},
    {SQLITE_FULL, "SQLITE_FULL"},
    {SQLITE_CANTOPEN, "SQLITE_CANTOPEN"},
    {SQLITE_SCHEMA, "SQLITE_SCHEMA"},
    {SQLITE_TOOBIG, "SQLITE_TOOBIG"},
    {SQLITE_CONSTRAINT, "SQLITE_CONSTRAINT"},
    {SQLITE_CONSTRAINT_CHECK, "SQLITE_CONSTRAINT_CHECK"},
    {SQLITE_CONSTRAINT_COMMITHOOK, "SQLITE_CONSTRAINT_COMMITHOOK"},
    {SQLITE_CONSTRAINT_DATATYPE, "SQLITE_CONSTRAINT_DATATYPE"},
    {SQLITE_CONSTRAINT_FOREIGNKEY, "SQLITE_CONSTRAINT_FOREIGNKEY"},
    {SQLITE_CONSTRAINT_FUNCTION, "SQLITE_CONSTRAINT_FUNCTION"},
    {SQLITE_CONSTRAINT_NOTNULL, "SQLITE_CONSTRAINT_NOTNULL"},
    {SQLITE_CONSTRAINT_PRIMARYKEY, "SQLITE_CONSTRAINT_PRIMARYKEY"},
    {SQLITE_CONSTRAINT_ROWID, "SQLITE_CONSTRAINT_ROWID"},
    {SQLITE_CONSTRAINT_TRIGGER, "SQLITE_CONSTRAINT_TRIGGER"},
    {SQLITE_CONSTRAINT_UNIQUE, "SQLITE_CONSTRAINT_UNIQUE"},
    {SQLITE_CONSTRAINT_VTAB, "SQLITE_CONSTRAINT_VTAB"},
    {SQLITE_MISMATCH, "SQLITE_MISMATCH"},
    {SQLITE_MISUSE, "SQLITE_MISUSE"},
    {SQLITE_AUTH, "SQLITE_AUTH"},
    {SQLITE_RANGE, "SQLITE_RANGE"},
    {SQLITE_NOTADB, "SQLITE_NOTADB"},
});

std::string code_name(int code) {
  for (auto const& entry : code_names)
    if (entry.code == code) return std::string{entry.name};
  for (auto const& entry : code_names)
    if (entry.code == (code & 0xFF)) return fmt::format("{} ({})", entry.name, code);
  return fmt::format("SQLite error {}", code);
}

DatabaseErrorKind kind_of(int code) {
  switch (code & 0xFF) {
  case SQLITE_ERROR: return DatabaseErrorKind::syntax;
  case SQLITE_CONSTRAINT: return DatabaseErrorKind::constraint;
  case SQLITE_BUSY:
  case SQLITE_LOCKED: return DatabaseErrorKind::lock_timeout;
  case SQLITE_INTERRUPT: return DatabaseErrorKind::interrupted;
  case SQLITE_READONLY: return DatabaseErrorKind::read_only;
  case SQLITE_FULL: return DatabaseErrorKind::disk_full;
  default: return DatabaseErrorKind::other;
  }
}

/// How a value of this column is read beyond the type of the value itself.
enum class Reading { by_value, boolean, decimal };

Reading reading_of(char const* declared) {
  if (declared == nullptr) return Reading::by_value;
  auto const type = upper(declared);
  if (type == "BOOLEAN" || type == "BOOL") return Reading::boolean;
  if (type.starts_with("NUMERIC") || type.starts_with("DECIMAL")) return Reading::decimal;
  return Reading::by_value;
}

bool is_plain_number(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  auto const point = text.find('.');
  auto const digits = [](std::string_view part) {
    return !part.empty() && part.find_first_not_of("0123456789") == std::string_view::npos;
  };
  if (point == std::string_view::npos) return digits(text);
  return digits(text.substr(0, point)) && digits(text.substr(point + 1));
}

/// The shortest decimal that reads back as the same double, without an exponent.
std::string plain_decimal(double number) {
  auto text = fmt::format("{}", number);
  auto const exponent = text.find('e');
  if (exponent == std::string::npos) return text.ends_with(".0") ? text.substr(0, text.size() - 2) : text;
  bool const negative = text.front() == '-';
  std::string digits = text.substr(negative ? 1 : 0, exponent - (negative ? 1 : 0));
  int shift = std::stoi(text.substr(exponent + 1));
  if (auto const point = digits.find('.'); point != std::string::npos) {
    shift -= static_cast<int>(digits.size() - point - 1);
    digits.erase(point, 1);
  }
  if (shift >= 0) {
    digits.append(static_cast<std::size_t>(shift), '0');
  } else {
    auto const places = static_cast<std::size_t>(-shift);
    if (digits.size() <= places) digits.insert(0, places - digits.size() + 1, '0');
    digits.insert(digits.size() - places, 1, '.');
  }
  return negative ? "-" + digits : digits;
}

class Statement {
 public:
  Statement() = default;
  Statement(Driver const& driver, sqlite3_stmt* handle) : driver_{&driver}, handle_{handle} {}
  Statement(Statement&& other) noexcept : driver_{other.driver_}, handle_{std::exchange(other.handle_, nullptr)} {}
  Statement& operator=(Statement&& other) noexcept {
    std::swap(driver_, other.driver_);
    std::swap(handle_, other.handle_);
    return *this;
  }
  Statement(Statement const&) = delete;
  Statement& operator=(Statement const&) = delete;
  ~Statement() {
    if (handle_ != nullptr) driver_->finalize(handle_);
  }

  sqlite3_stmt* handle() const { return handle_; }

 private:
  Driver const* driver_ = nullptr;
  sqlite3_stmt* handle_ = nullptr;
};

class SqliteSession final : public db::Session, public NativeConnection {
 public:
  SqliteSession(DatabaseUrl const& url, db::ConnectOptions const& options);
  SqliteSession(SqliteSession const&) = delete;
  SqliteSession& operator=(SqliteSession const&) = delete;
  ~SqliteSession() override { kept_.clear(); }

  db::ServerInfo const& server() const override { return server_; }
  std::int64_t execute(std::string_view statement) override;
  std::int64_t execute(std::string_view statement, std::span<Value const> parameters) override;
  std::unique_ptr<db::Cursor> query(std::string_view statement, std::span<Value const> parameters) override;
  std::int64_t copy_in(std::string_view statement, std::string_view data) override;
  std::size_t read_cells(std::string_view statement, Cells& cells) override;
  std::unique_ptr<db::CellStatement> prepare_cells(std::string_view statement) override;
  void enforce_foreign_keys(bool on) override;
  void* connection() const override { return handle_; }
  void expect_transactions(bool many) override;
  bool in_transaction() const override { return driver_.get_autocommit(handle_) == 0; }
  bool is_alive() const override { return true; }
  void set_lock_timeout(std::optional<double> value) override { lock_timeout_ = value.value_or(default_busy_timeout); }
  void set_statement_timeout(std::optional<double> value) override;
  void cancel() noexcept override;

  // For the cursor.
  Driver const& driver() const { return driver_; }
  int step(sqlite3_stmt* statement);
  void arm_deadline();
  std::int64_t run_cells(sqlite3_stmt* statement, std::span<db::CellParameter const> parameters, std::string_view text);
  [[noreturn]] void fail(int code, std::string_view statement) const;

 private:
  Statement prepare(std::string_view text, bool keep) const;
  void bind(sqlite3_stmt* statement, std::span<Value const> parameters, std::string_view text,
            std::vector<bool> const& bytes = {}) const;
  std::vector<bool> bytes_parameters(std::string_view text, std::span<Value const> parameters) const;
  std::int64_t run(sqlite3_stmt* statement, std::string_view text);
  void begin_statement();
  void explain_read_only(DatabaseError& error) const;

  static int on_busy(void* session, int attempt);
  static int on_progress(void* session);

  struct Kept {
    std::string text;
    Statement statement;
    std::optional<std::vector<bool>> bytes = {}; ///< which parameters a BLOB column stores, once it was asked
  };

  Driver driver_;
  std::unique_ptr<soci::details::session_backend> connection_;
  sqlite3* handle_ = nullptr;
  db::ServerInfo server_;
  std::string path_;
  bool read_only_ = false;
  double lock_timeout_ = default_busy_timeout;
  std::optional<double> statement_timeout_;
  Clock::time_point statement_deadline_ = Clock::time_point::max();
  Clock::time_point busy_since_;
  bool timed_out_ = false;
  std::atomic<bool> cancelled_ = false;
  std::list<Kept> kept_; ///< most recently used first
};

class SqliteCursor final : public db::Cursor {
 public:
  SqliteCursor(SqliteSession& session, Statement statement, std::string text)
      : session_{session},
        statement_{std::move(statement)},
        text_{std::move(text)} {
    auto const& driver = session_.driver();
    if (statement_.handle() == nullptr) {
      done_ = true;
      return;
    }
    int const count = driver.column_count(statement_.handle());
    for (int i = 0; i < count; ++i) {
      columns_.emplace_back(driver.column_name(statement_.handle(), i));
      readings_.push_back(reading_of(driver.column_decltype(statement_.handle(), i)));
    }
  }

  std::vector<std::string> const& columns() const override { return columns_; }
  std::int64_t rows_affected() const override { return affected_; }
  void set_rows_affected(std::int64_t rows) {
    affected_ = rows;
    done_ = true;
  }

  bool next(std::vector<Value>& row) override {
    struct Keeper final : RowVisitor {
      std::vector<Value>& row;
      std::size_t at = 0;
      explicit Keeper(std::vector<Value>& into) : row{into} {}
      void null() override { row[at++] = Null{}; }
      void boolean(bool value) override { row[at++] = value; }
      void integer(std::int64_t value) override { row[at++] = value; }
      void number(double value) override { row[at++] = value; }
      void text(std::string_view value) override { row[at++] = std::string{value}; }
      void decimal(std::string_view value) override { row[at++] = Decimal{std::string{value}}; }
      void bytes(std::string_view value) override { row[at++] = Bytes{std::string{value}}; }
      void array(Array const&) override {}
    };
    if (!step()) return false;
    row.resize(columns_.size());
    Keeper keeper{row};
    for (std::size_t i = 0; i < columns_.size(); ++i) read(static_cast<int>(i), readings_[i], keeper);
    return true;
  }

  bool visit_next(RowVisitor& visitor) override {
    if (!step()) return false;
    for (std::size_t i = 0; i < columns_.size(); ++i) read(static_cast<int>(i), readings_[i], visitor);
    return true;
  }

 private:
  bool step() {
    if (done_) return false;
    session_.arm_deadline();
    int const code = session_.step(statement_.handle());
    if (code == SQLITE_ROW) return true;
    done_ = true;
    if (code != SQLITE_DONE) session_.fail(code, text_);
    statement_ = Statement{};
    return false;
  }

  void read(int column, Reading reading, RowVisitor& to) const {
    auto const& driver = session_.driver();
    // Asked for once: each sqlite3_column_*() finds the value again and clears the error. It is "unprotected", which
    // matters to connections that threads share.
    auto* const value = driver.column_value(statement_.handle(), column);
    switch (driver.value_type(value)) {
    case SQLITE_INTEGER: {
      std::int64_t const number = driver.value_int64(value);
      if (reading == Reading::boolean && (number == 0 || number == 1)) return to.boolean(number == 1);
      if (reading == Reading::decimal) return to.decimal(fmt::format("{}", number));
      return to.integer(number);
    }
    case SQLITE_FLOAT: {
      double const number = driver.value_double(value);
      if (reading == Reading::decimal && std::isfinite(number)) return to.decimal(plain_decimal(number));
      return to.number(number);
    }
    case SQLITE_TEXT: {
      auto const* const data = reinterpret_cast<char const*>(driver.value_text(value));
      std::string_view const text{data, static_cast<std::size_t>(driver.value_bytes(value))};
      if (reading == Reading::decimal && is_plain_number(text)) return to.decimal(text);
      return to.text(text);
    }
    case SQLITE_BLOB: {
      auto const* const data = static_cast<char const*>(driver.value_blob(value));
      auto const size = static_cast<std::size_t>(driver.value_bytes(value));
      return to.bytes(data == nullptr ? std::string_view{} : std::string_view{data, size});
    }
    default: return to.null();
    }
  }

  SqliteSession& session_;
  Statement statement_;
  std::string text_;
  std::vector<std::string> columns_;
  std::vector<Reading> readings_;
  std::int64_t affected_ = 0;
  bool done_ = false;
};

struct UrlSettings {
  bool must_exist = false;
  bool read_only = false;
  bool memory = false;
  bool foreign_keys = true;
  std::optional<double> timeout;
};

std::optional<double> number_of(std::string const& text) {
  char* end = nullptr;
  double const value = std::strtod(text.c_str(), &end);
  if (text.empty() || end != text.c_str() + text.size() || !std::isfinite(value) || value < 0) return std::nullopt;
  return value;
}

UrlSettings settings_of(DatabaseUrl const& url) {
  UrlSettings settings;
  settings.memory = url.database.empty() || url.database == ":memory:";
  for (auto const& [key, value] : url.parameters) {
    auto const refuse = [&key = key, &value = value](std::string_view expected) {
      throw ConfigError{fmt::format("the URL parameter '{}' is '{}', expected {}", key, value, expected)};
    };
    if (key == "mode") {
      if (value == "ro")
        settings.read_only = settings.must_exist = true;
      else if (value == "rw")
        settings.must_exist = true;
      else if (value == "memory")
        settings.memory = true;
      else if (value != "rwc")
        refuse("'ro', 'rw', 'rwc' or 'memory'");
    } else if (key == "timeout") {
      settings.timeout = number_of(value);
      if (!settings.timeout) refuse("a number of seconds");
    } else if (key == "foreign_keys") {
      auto const word = lower(value);
      if (word == "off" || word == "false" || word == "0" || word == "no")
        settings.foreign_keys = false;
      else if (word != "on" && word != "true" && word != "1" && word != "yes")
        refuse("'on' or 'off'");
    } else if (key != "check_same_thread" && key != "uri" && key != "cache") { // SQLAlchemy's, without meaning here
      std::vector<std::string> const known{"mode", "timeout", "foreign_keys"};
      Hint hint{fmt::format("SQLite URLs take {}", quoted_list(known))};
      if (auto const near = nearest_name(key, known)) hint.text = fmt::format("did you mean '{}'?", *near);
      throw ConfigError{fmt::format("the SQLite URL has an unknown parameter '{}'", key), hint};
    }
  }
  return settings;
}

/// SOCI takes the whole text as the file's name unless it holds a `=`; then it must be told with quotes.
std::string connect_string(std::string const& path) {
  if (path.find('=') == std::string::npos) return path;
  if (path.find('"') != std::string::npos)
    throw ConfigError{fmt::format("the SQLite file name '{}' holds both '=' and '\"'", path),
                      Hint{"rename the file or reach it through a symbolic link"}};
  return fmt::format("dbname=\"{}{}\"", path.starts_with('/') ? "" : "./", path);
}

bool is_permitted(std::string const& path, int mode) {
  return faccessat(AT_FDCWD, path.c_str(), mode, AT_EACCESS) == 0;
}

void check_path(std::string const& path, bool must_exist) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  fs::path const file{path};
  auto const parent = file.has_parent_path() ? file.parent_path() : fs::path{"."};
  if (path.find('\0') != std::string::npos) throw ConfigError{"the SQLite file name holds a zero byte"};
  if (fs::is_directory(file, ignored))
    throw ConnectError{fmt::format("cannot open the database '{}': it is a folder", path),
                       Hint{"the URL must name a file"}};
  if (fs::exists(file, ignored)) {
    if (!is_permitted(path, R_OK))
      throw ConnectError{fmt::format("cannot open the database '{}': no permission to read it", path)};
    return;
  }
  if (!fs::is_directory(parent, ignored))
    throw ConnectError{
        fmt::format("cannot open the database '{}': the folder '{}' does not exist", path, parent.string()),
        Hint{fmt::format("make it: mkdir -p {}", parent.string())}};
  if (must_exist) throw ConnectError{fmt::format("cannot open the database '{}': there is no such file", path)};
  if (!is_permitted(parent.string(), W_OK))
    throw ConnectError{
        fmt::format("cannot open the database '{}': no permission to make a file in '{}'", path, parent.string())};
}

SqliteSession::SqliteSession(DatabaseUrl const& url, db::ConnectOptions const& options) {
  auto const settings = settings_of(url);
  read_only_ = settings.read_only || options.read_only;
  if (!settings.memory) {
    path_ = url.database;
    check_path(path_, settings.must_exist || !options.create || read_only_);
  }
  auto const text = settings.memory ? std::string{":memory:"} : connect_string(path_);
  try {
    connection_ = driver_.library.connect(text);
  } catch (soci::soci_error const& error) {
    throw ConnectError{fmt::format("cannot open the database '{}': {}", path_, error.what())};
  }
  handle_ = static_cast<soci::sqlite3_session_backend*>(connection_.get())->conn_;
  driver_.extended_result_codes(handle_, 1);
  driver_.busy_handler(handle_, &SqliteSession::on_busy, this);
  lock_timeout_ = options.lock_timeout.value_or(settings.timeout.value_or(default_busy_timeout));
  if (options.statement_timeout) set_statement_timeout(options.statement_timeout);

  server_.product = "SQLite";
  server_.version = driver_.libversion();
  int const number = driver_.libversion_number();
  server_.number = number / 1000000 * 10000 + number / 1000 % 1000 * 100 + number % 1000;

  enforce_foreign_keys(settings.foreign_keys);
  if (read_only_) execute("PRAGMA query_only = ON");
  // The first read of the file tells what it is. A lock of somebody else is no matter yet.
  double const lock_timeout = std::exchange(lock_timeout_, 0);
  try {
    scalar("PRAGMA schema_version");
  } catch (DatabaseError const& error) {
    if (error.code == "SQLITE_NOTADB")
      throw ConnectError{fmt::format("cannot open the database '{}': it is not a SQLite database", path_),
                         Hint{"the file is of another kind, damaged or encrypted; nothing was written to it"}};
    if (error.kind != DatabaseErrorKind::lock_timeout)
      throw ConnectError{fmt::format("cannot open the database '{}': {}", path_, error.message())};
  }
  lock_timeout_ = lock_timeout;
}

int SqliteSession::on_busy(void* data, int attempt) {
  // Short waits first, as most locks are held for a moment; the whole is bounded by time, and cancel() ends it at once.
  constexpr std::array<int, 8> waits{1, 2, 5, 10, 15, 20, 25, 50};
  auto& session = *static_cast<SqliteSession*>(data);
  auto const now = Clock::now();
  if (attempt == 0) session.busy_since_ = now;
  if (session.cancelled_ || now >= session.statement_deadline_) return 0;
  auto const end = session.busy_since_ + seconds(session.lock_timeout_);
  if (now >= end) return 0;
  auto const wait =
      std::chrono::milliseconds{waits[std::min<std::size_t>(static_cast<std::size_t>(attempt), waits.size() - 1)]};
  std::this_thread::sleep_for(std::min<Clock::duration>(wait, end - now));
  return 1;
}

int SqliteSession::on_progress(void* data) {
  auto& session = *static_cast<SqliteSession*>(data);
  if (session.cancelled_) return 1;
  if (Clock::now() < session.statement_deadline_) return 0;
  session.timed_out_ = true;
  return 1;
}

void SqliteSession::set_statement_timeout(std::optional<double> value) {
  statement_timeout_ = value && *value > 0 ? value : std::nullopt;
  driver_.progress_handler(handle_, statement_timeout_ ? 10000 : 0,
                           statement_timeout_ ? &SqliteSession::on_progress : nullptr, this);
  if (!statement_timeout_) statement_deadline_ = Clock::time_point::max();
}

void SqliteSession::begin_statement() {
  cancelled_ = false;
  arm_deadline();
}

void SqliteSession::arm_deadline() {
  timed_out_ = false;
  if (statement_timeout_) statement_deadline_ = Clock::now() + seconds(*statement_timeout_);
}

void SqliteSession::cancel() noexcept {
  cancelled_ = true;
  driver_.interrupt(handle_);
}

void SqliteSession::enforce_foreign_keys(bool on) {
  driver_.db_config(handle_, SQLITE_DBCONFIG_ENABLE_FKEY, on ? 1 : 0, nullptr);
}

void SqliteSession::expect_transactions(bool many) {
  auto const mode = scalar("PRAGMA journal_mode");
  auto const* text = mode ? std::get_if<std::string>(&*mode) : nullptr;
  if (text == nullptr || *text != (many ? "delete" : "persist")) return;
  execute(many ? "PRAGMA journal_mode = PERSIST" : "PRAGMA journal_mode = DELETE");
}

int SqliteSession::step(sqlite3_stmt* statement) {
  return driver_.step(statement);
}

void SqliteSession::explain_read_only(DatabaseError& error) const {
  auto const folder = std::filesystem::path{path_}.parent_path().string();
  if (read_only_)
    error.detail = "the session was opened for reading only";
  else if (!path_.empty() && !is_permitted(path_, W_OK))
    error.detail = fmt::format("no permission to write the file '{}'", path_);
  else if (!path_.empty() && !is_permitted(folder.empty() ? "." : folder, W_OK))
    error.detail = fmt::format("no permission to write in the folder '{}', where SQLite keeps its journal",
                               folder.empty() ? "." : folder);
}

void SqliteSession::fail(int code, std::string_view statement) const {
  // sqlite3_step() of a statement from prepare_v3 leaves the extended code and the text in the connection.
  std::string message = code == SQLITE_MISUSE ? "the driver was used wrongly" : driver_.errmsg(handle_);
  DatabaseErrorKind kind = kind_of(code);
  std::optional<Hint> hint;
  if (cancelled_ && kind == DatabaseErrorKind::lock_timeout) {
    kind = DatabaseErrorKind::interrupted;
  } else if (timed_out_ || (kind == DatabaseErrorKind::lock_timeout && Clock::now() >= statement_deadline_)) {
    kind = DatabaseErrorKind::other;
    message =
        fmt::format("the statement took longer than the statement timeout of {} s", statement_timeout_.value_or(0));
    hint = Hint{"raise 'statement_timeout' or make the statement smaller"};
  } else if ((code & 0xFF) == SQLITE_BUSY) {
    message = fmt::format("the database is locked by another process (waited {} s)", lock_timeout_);
    hint = Hint{"wait for the other process or raise 'lock_timeout'"};
  } else if ((code & 0xFF) == SQLITE_LOCKED) {
    hint = Hint{"a query of this session is still reading the table; read its rows first"};
  }
  if (kind == DatabaseErrorKind::interrupted) message = "the statement was interrupted";
  DatabaseError error{message};
  if (hint) error.add_hint(*hint);
  error.kind = kind;
  error.code = code_name(code);
  error.statement = statement;
  if (kind == DatabaseErrorKind::read_only) explain_read_only(error);
  if (kind == DatabaseErrorKind::disk_full) error.detail = "no space is left for the database or its journal";
  if (int const offset = driver_.error_offset(handle_);
      offset >= 0 && static_cast<std::size_t>(offset) <= statement.size())
    error.position = static_cast<std::size_t>(offset);
  throw error;
}

Statement SqliteSession::prepare(std::string_view text, bool keep) const {
  // Once the handler gave up, SQLite does not ask it again before a statement runs; reading the schema here is earlier.
  driver_.busy_handler(handle_, &SqliteSession::on_busy, const_cast<SqliteSession*>(this));
  if (text.size() > static_cast<std::size_t>(std::numeric_limits<int>::max()))
    throw DatabaseError{"the statement is longer than 2 GiB"};
  if (auto const zero = text.find('\0'); zero != std::string_view::npos) {
    DatabaseError error{"the statement holds a zero byte"};
    error.statement = text;
    error.position = zero;
    throw error;
  }
  char const* rest = nullptr;
  sqlite3_stmt* handle = nullptr;
  int const code = driver_.prepare_v3(handle_, text.data(), static_cast<int>(text.size()),
                                      keep ? SQLITE_PREPARE_PERSISTENT : 0u, &handle, &rest);
  if (code != SQLITE_OK) fail(code, text);
  Statement statement{driver_, handle};
  // What follows may be white space, comments and semicolons; anything else would be dropped without a word.
  auto const end = text.data() + text.size();
  while (rest != nullptr && rest < end) {
    if (std::string_view{rest, static_cast<std::size_t>(end - rest)}.find_first_not_of(" \t\r\n\f;") ==
        std::string_view::npos)
      break;
    char const* const start = rest;
    sqlite3_stmt* second = nullptr;
    int const second_code = driver_.prepare_v3(handle_, start, static_cast<int>(end - start), 0, &second, &rest);
    Statement const closing{driver_, second};
    if (second_code == SQLITE_OK && second == nullptr && rest > start) continue;
    DatabaseError error{"there is more than one statement in the text"};
    error.kind = DatabaseErrorKind::syntax;
    error.code = "SQLITE_ERROR";
    error.statement = text;
    error.position = static_cast<std::size_t>(start - text.data());
    throw error;
  }
  return statement;
}

bool stores_bytes(char const* declared) {
  if (declared == nullptr) return false;
  auto const type = upper(declared);
  return type.find("BLOB") != std::string::npos || type.find("BINARY") != std::string::npos;
}

/// Whether a statement leaves the type of every column that was there. A temporary table may hide another.
bool keeps_columns(std::string_view text) {
  constexpr std::array<std::string_view, 6> harmless{"BEGIN",         "COMMIT",        "CREATE TABLE ",
                                                     "CREATE INDEX ", "CREATE UNIQUE", "INSERT INTO "};
  auto const head = lower(text.substr(0, text.find('(')));
  if (head.find("temp") != std::string::npos) return false;
  return std::any_of(harmless.begin(), harmless.end(), [&](auto word) { return text.starts_with(word); });
}

/// Which parameters go to a BLOB column as they are: a string there is bytes. Empty where none is.
std::vector<bool> SqliteSession::bytes_parameters(std::string_view text, std::span<Value const> parameters) const {
  auto const is_text = [](Value const& value) { return std::holds_alternative<std::string>(value); };
  if (std::none_of(parameters.begin(), parameters.end(), is_text)) return {};
  auto const places = value_places(text);
  if (places.table.empty()) return {};
  auto const probe = fmt::format("SELECT {} FROM {}", places.columns, places.table);
  sqlite3_stmt* handle = nullptr;
  int const code = driver_.prepare_v3(handle_, probe.data(), static_cast<int>(probe.size()), 0, &handle, nullptr);
  Statement const columns{driver_, handle};
  if (code != SQLITE_OK) return {}; // the statement itself will say what is wrong
  auto const count = static_cast<std::size_t>(driver_.column_count(handle));
  std::vector<bool> bytes(parameters.size());
  for (std::size_t i = 0; i < std::min(bytes.size(), places.places.size()); ++i)
    bytes[i] =
        places.places[i] < count && stores_bytes(driver_.column_decltype(handle, static_cast<int>(places.places[i])));
  return bytes;
}

void SqliteSession::bind(sqlite3_stmt* statement, std::span<Value const> parameters, std::string_view text,
                         std::vector<bool> const& bytes) const {
  int const expected = statement == nullptr ? 0 : driver_.bind_parameter_count(statement);
  // An unbound parameter would be NULL without a word.
  if (static_cast<std::size_t>(expected) != parameters.size()) {
    DatabaseError error{fmt::format("the statement has {} parameters, {} were given", expected, parameters.size())};
    error.kind = DatabaseErrorKind::syntax;
    error.statement = text;
    throw error;
  }
  int index = 0;
  for (auto const& parameter : parameters) {
    ++index;
    // The caller's values outlive the statement's run, except for a cursor's, which are bound as copies as well.
    struct Binder {
      Driver const& driver;
      sqlite3_stmt* statement;
      int index;
      bool is_bytes;
      int text(std::string const& value) const {
        // What is no UTF-8 is no text either.
        if (is_bytes || !is_utf8(value)) return blob(value);
        return driver.bind_text64(statement, index, value.data(), value.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
      }
      int operator()(Null) const { return driver.bind_null(statement, index); }
      int operator()(bool value) const { return driver.bind_int64(statement, index, value ? 1 : 0); }
      int operator()(std::int64_t value) const { return driver.bind_int64(statement, index, value); }
      int operator()(double value) const { return driver.bind_double(statement, index, value); }
      int operator()(std::string const& value) const { return text(value); }
      int operator()(Decimal const& value) const { return text(value.text); }
      int blob(std::string const& data) const {
        return driver.bind_blob64(statement, index, data.empty() ? "" : data.data(), data.size(), SQLITE_TRANSIENT);
      }
      int operator()(Bytes const& value) const { return blob(value.data); }
      int operator()(Array const&) const {
        throw UsageError{fmt::format("parameter {} is an array, which SQLite does not have", index),
                         Hint{"store the elements in rows of their own, or as JSON text"}};
      }
    };
    auto const at = static_cast<std::size_t>(index - 1);
    int const code = std::visit(Binder{driver_, statement, index, at < bytes.size() && bytes[at]}, parameter);
    if (code != SQLITE_OK) fail(code, text);
  }
}

std::int64_t SqliteSession::run(sqlite3_stmt* statement, std::string_view text) {
  if (statement == nullptr) return 0;
  begin_statement();
  auto const before = driver_.total_changes64(handle_);
  int code = step(statement);
  while (code == SQLITE_ROW) code = step(statement);
  if (code != SQLITE_DONE) fail(code, text);
  // changes() keeps the number of the last INSERT, UPDATE or DELETE while other statements run.
  return driver_.total_changes64(handle_) == before ? 0 : driver_.changes64(handle_);
}

std::int64_t SqliteSession::execute(std::string_view text) {
  auto const statement = prepare(text, false);
  bind(statement.handle(), {}, text);
  if (!keeps_columns(text))
    for (auto& kept : kept_) kept.bytes.reset();
  return run(statement.handle(), text);
}

std::int64_t SqliteSession::execute(std::string_view text, std::span<Value const> parameters) {
  auto found = std::find_if(kept_.begin(), kept_.end(), [&](Kept const& kept) { return kept.text == text; });
  if (found == kept_.end()) {
    kept_.push_front({std::string{text}, prepare(text, true)});
    if (kept_.size() > kept_statements) kept_.pop_back();
  } else if (found != kept_.begin()) {
    kept_.splice(kept_.begin(), kept_, found);
  }
  auto& kept = kept_.front();
  auto* const statement = kept.statement.handle();
  try {
    // Without a string among the parameters nobody asked yet.
    if (!kept.bytes || kept.bytes->size() != parameters.size()) kept.bytes = bytes_parameters(text, parameters);
    bind(statement, parameters, text, *kept.bytes);
    auto const affected = run(statement, text);
    if (statement != nullptr) {
      driver_.reset(statement);
      driver_.clear_bindings(statement);
    }
    return affected;
  } catch (Error const&) {
    kept_.pop_front();
    throw;
  }
}

std::unique_ptr<db::Cursor> SqliteSession::query(std::string_view text, std::span<Value const> parameters) {
  auto statement = prepare(text, false);
  bind(statement.handle(), parameters, text, bytes_parameters(text, parameters));
  begin_statement();
  auto* const handle = statement.handle();
  bool const has_rows = handle != nullptr && driver_.column_count(handle) > 0;
  auto cursor = std::make_unique<SqliteCursor>(*this, std::move(statement), std::string{text});
  if (handle != nullptr && !has_rows) cursor->set_rows_affected(run(handle, text));
  return cursor;
}

std::size_t SqliteSession::read_cells(std::string_view text, Cells& cells) {
  auto const statement = prepare(text, false);
  bind(statement.handle(), {}, text);
  begin_statement();
  auto* const handle = statement.handle();
  if (handle == nullptr) return 0;
  int const width = driver_.column_count(handle);
  std::vector<Reading> readings;
  for (int i = 0; i < width; ++i) readings.push_back(reading_of(driver_.column_decltype(handle, i)));
  std::size_t rows = 0;
  int code = step(handle);
  for (; code == SQLITE_ROW; code = step(handle), ++rows) {
    for (int i = 0; i < width; ++i) {
      auto const reading = readings[static_cast<std::size_t>(i)];
      auto* const found = driver_.column_value(handle, i);
      switch (driver_.value_type(found)) {
      case SQLITE_INTEGER: {
        std::int64_t const number = driver_.value_int64(found);
        if (reading == Reading::boolean && (number == 0 || number == 1))
          cells.add_boolean(number == 1);
        else if (reading == Reading::decimal)
          cells.add_text(fmt::format("{}", number), CellKind::decimal);
        else
          cells.add_integer(number);
        break;
      }
      case SQLITE_FLOAT: {
        double const number = driver_.value_double(found);
        if (reading == Reading::decimal && std::isfinite(number))
          cells.add_text(plain_decimal(number), CellKind::decimal);
        else
          cells.add_real(number);
        break;
      }
      case SQLITE_TEXT: {
        auto const* const data = reinterpret_cast<char const*>(driver_.value_text(found));
        std::string_view const value{data, static_cast<std::size_t>(driver_.value_bytes(found))};
        bool const is_decimal = reading == Reading::decimal && is_plain_number(value);
        cells.add_text(value, is_decimal ? CellKind::decimal : CellKind::text);
        break;
      }
      case SQLITE_BLOB: {
        auto const* data = static_cast<char const*>(driver_.value_blob(found));
        auto const size = static_cast<std::size_t>(driver_.value_bytes(found));
        cells.add_text(data == nullptr ? std::string_view{} : std::string_view{data, size}, CellKind::bytes);
        break;
      }
      default: cells.add_null();
      }
    }
  }
  if (code != SQLITE_DONE) fail(code, text);
  return rows;
}

std::int64_t SqliteSession::run_cells(sqlite3_stmt* statement, std::span<db::CellParameter const> parameters,
                                      std::string_view text) {
  int index = 0;
  for (auto const& [owner, cell] : parameters) {
    ++index;
    int code = SQLITE_OK;
    // The values stay where they are until the statement is reset: nothing is copied.
    switch (cell->kind) {
    case CellKind::boolean:
    case CellKind::integer: code = driver_.bind_int64(statement, index, cell->integer); break;
    case CellKind::real: code = driver_.bind_double(statement, index, cell->real); break;
    case CellKind::text:
    case CellKind::decimal: {
      auto const view = owner->text(*cell);
      code = driver_.bind_text64(statement, index, view.data(), view.size(), SQLITE_STATIC, SQLITE_UTF8);
      break;
    }
    case CellKind::bytes: {
      auto const view = owner->text(*cell);
      code = driver_.bind_blob64(statement, index, view.empty() ? "" : view.data(), view.size(), SQLITE_STATIC);
      break;
    }
    case CellKind::other:
      throw UsageError{"an array is a value that SQLite does not have",
                       Hint{"store the elements in rows of their own, or as JSON text"}};
    default: code = driver_.bind_null(statement, index);
    }
    if (code != SQLITE_OK) fail(code, text);
  }
  try {
    auto const affected = run(statement, text);
    driver_.reset(statement);
    return affected;
  } catch (Error const&) {
    driver_.reset(statement);
    throw;
  }
}

std::unique_ptr<db::CellStatement> SqliteSession::prepare_cells(std::string_view text) {
  class Prepared final : public db::CellStatement {
   public:
    Prepared(SqliteSession& session, Statement statement, std::string text)
        : session_{session},
          statement_{std::move(statement)},
          text_{std::move(text)} {}
    std::int64_t run(std::span<db::CellParameter const> parameters) override {
      return session_.run_cells(statement_.handle(), parameters, text_);
    }

   private:
    SqliteSession& session_;
    Statement statement_;
    std::string text_;
  };
  return std::make_unique<Prepared>(*this, prepare(text, true), std::string{text});
}

std::int64_t SqliteSession::copy_in(std::string_view statement, std::string_view) {
  DatabaseError error{"SQLite has no COPY … FROM stdin", Hint{"use op.bulk_insert"}};
  error.kind = DatabaseErrorKind::syntax;
  error.statement = statement;
  throw error;
}

} // namespace

bool is_memory(DatabaseUrl const& url) {
  return settings_of(url).memory;
}

std::unique_ptr<db::Session> connect(DatabaseUrl const& url, db::ConnectOptions const& options) {
  return std::make_unique<SqliteSession>(url, options);
}

} // namespace vm::dialect::sqlite

#include "engine/dialect/postgresql/driver.hpp"

#include "engine/core/text.hpp"
#include "engine/db/bulk.hpp"
#include "engine/db/driver_library.hpp"
#include "engine/dialect/postgresql/values.hpp"
#include "engine/sql/lexer.hpp"

#include <fmt/format.h>
#include <soci/postgresql/soci-postgresql.h>
#include <soci/soci-backend.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <map>
#include <unordered_map>
#include <utility>

namespace vm::dialect::postgresql {

namespace {

constexpr ::Oid bytea_oid = 17, bytea_array_oid = 1001, box_array_oid = 1020;
constexpr int connect_timeout = 10;
constexpr int first_chunk = 50;
constexpr int largest_chunk = 5000;
constexpr std::size_t chunk_bytes = std::size_t{1024} * 1024;
/// A statement is prepared when it comes for the third time: two round trips pay only then.
constexpr int uses_before_prepare = 2;
constexpr std::size_t kept_statements = 128;

constexpr sql::Capabilities lexical_rules{.dollar_quotes = true, .nested_comments = true};

struct Driver {
  db::DriverLibrary library{"postgresql", VM_SOCI_POSTGRESQL, "libsoci-postgresql4.0"};

  decltype(&PQbackendPID) backendPID;
  decltype(&PQcancel) cancel;
  decltype(&PQclear) clear;
  decltype(&PQcmdStatus) cmdStatus;
  decltype(&PQcmdTuples) cmdTuples;
  decltype(&PQdescribePrepared) describePrepared;
  decltype(&PQerrorMessage) errorMessage;
  decltype(&PQexec) exec;
  decltype(&PQexecParams) execParams;
  decltype(&PQexecPrepared) execPrepared;
  decltype(&PQfname) fname;
  decltype(&PQfreeCancel) freeCancel;
  decltype(&PQfreemem) freemem;
  decltype(&PQftype) ftype;
  decltype(&PQgetCancel) getCancel;
  decltype(&PQgetCopyData) getCopyData;
  decltype(&PQgetisnull) getisnull;
  decltype(&PQgetlength) getlength;
  decltype(&PQgetResult) getResult;
  decltype(&PQgetvalue) getvalue;
  decltype(&PQnfields) nfields;
  decltype(&PQnparams) nparams;
  decltype(&PQntuples) ntuples;
  decltype(&PQparameterStatus) parameterStatus;
  decltype(&PQparamtype) paramtype;
  decltype(&PQprepare) prepare;
  decltype(&PQputCopyData) putCopyData;
  decltype(&PQputCopyEnd) putCopyEnd;
  decltype(&PQresultErrorField) resultErrorField;
  decltype(&PQresultMemorySize) resultMemorySize;
  decltype(&PQresultStatus) resultStatus;
  decltype(&PQsendQuery) sendQuery;
  decltype(&PQsendQueryParams) sendQueryParams;
  decltype(&PQserverVersion) serverVersion;
  decltype(&PQsetNoticeReceiver) setNoticeReceiver;
  decltype(&PQsetSingleRowMode) setSingleRowMode;
  decltype(&PQstatus) status;
  decltype(&PQtransactionStatus) transactionStatus;

  Driver() {
    library.find(backendPID, "PQbackendPID");
    library.find(cancel, "PQcancel");
    library.find(clear, "PQclear");
    library.find(cmdStatus, "PQcmdStatus");
    library.find(cmdTuples, "PQcmdTuples");
    library.find(describePrepared, "PQdescribePrepared");
    library.find(errorMessage, "PQerrorMessage");
    library.find(exec, "PQexec");
    library.find(execParams, "PQexecParams");
    library.find(execPrepared, "PQexecPrepared");
    library.find(fname, "PQfname");
    library.find(freeCancel, "PQfreeCancel");
    library.find(freemem, "PQfreemem");
    library.find(ftype, "PQftype");
    library.find(getCancel, "PQgetCancel");
    library.find(getCopyData, "PQgetCopyData");
    library.find(getisnull, "PQgetisnull");
    library.find(getlength, "PQgetlength");
    library.find(getResult, "PQgetResult");
    library.find(getvalue, "PQgetvalue");
    library.find(nfields, "PQnfields");
    library.find(nparams, "PQnparams");
    library.find(ntuples, "PQntuples");
    library.find(parameterStatus, "PQparameterStatus");
    library.find(paramtype, "PQparamtype");
    library.find(prepare, "PQprepare");
    library.find(putCopyData, "PQputCopyData");
    library.find(putCopyEnd, "PQputCopyEnd");
    library.find(resultErrorField, "PQresultErrorField");
    library.find(resultMemorySize, "PQresultMemorySize");
    library.find(resultStatus, "PQresultStatus");
    library.find(sendQuery, "PQsendQuery");
    library.find(sendQueryParams, "PQsendQueryParams");
    library.find(serverVersion, "PQserverVersion");
    library.find(setNoticeReceiver, "PQsetNoticeReceiver");
    library.find(setSingleRowMode, "PQsetSingleRowMode");
    library.find(status, "PQstatus");
    library.find(transactionStatus, "PQtransactionStatus");
  }
};

class Result {
 public:
  Result() = default;
  Result(Driver const& driver, PGresult* handle) : driver_{&driver}, handle_{handle} {}
  Result(Result&& other) noexcept : driver_{other.driver_}, handle_{std::exchange(other.handle_, nullptr)} {}
  Result& operator=(Result&& other) noexcept {
    std::swap(driver_, other.driver_);
    std::swap(handle_, other.handle_);
    return *this;
  }
  Result(Result const&) = delete;
  Result& operator=(Result const&) = delete;
  ~Result() {
    if (handle_ != nullptr) driver_->clear(handle_);
  }

  PGresult* get() const { return handle_; }
  ExecStatusType status() const { return driver_->resultStatus(handle_); }
  int rows() const { return driver_->ntuples(handle_); }
  std::string_view field(int code) const {
    char const* const text = driver_->resultErrorField(handle_, code);
    return text == nullptr ? std::string_view{} : std::string_view{text};
  }
  std::int64_t affected() const {
    std::string_view const text = driver_->cmdTuples(handle_);
    std::int64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
  }

 private:
  Driver const* driver_ = nullptr;
  PGresult* handle_ = nullptr;
};

DatabaseErrorKind kind_of(std::string_view code) {
  if (code == "55P03") return DatabaseErrorKind::lock_timeout;
  if (code == "40P01" || code == "40001") return DatabaseErrorKind::deadlock;
  if (code == "57014") return DatabaseErrorKind::interrupted;
  if (code == "25006") return DatabaseErrorKind::read_only;
  if (code == "53100") return DatabaseErrorKind::disk_full;
  if (code.starts_with("08") || code == "57P01" || code == "57P02" || code == "57P03" || code == "57P05")
    return DatabaseErrorKind::connection_lost;
  if (code.starts_with("23")) return DatabaseErrorKind::constraint;
  if (code.starts_with("42") && code != "42501") return DatabaseErrorKind::syntax;
  return DatabaseErrorKind::other;
}

/// PostgreSQL counts characters from 1.
std::optional<std::size_t> byte_offset(std::string_view text, std::size_t character) {
  if (character == 0) return std::nullopt;
  std::size_t seen = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0u) == 0x80u) continue;
    if (++seen == character) return i;
  }
  return seen + 1 == character ? std::optional{text.size()} : std::nullopt;
}

/// The types of parameters that are settled before the server is asked.
std::vector<::Oid> given_types(std::span<Value const> values) {
  std::vector<::Oid> types;
  for (auto const& value : values) types.push_back(std::holds_alternative<Bytes>(value) ? bytea_oid : 0);
  return types;
}

/// Whether the form of a parameter hangs on its type, which must be asked for. A string may be the bytes of a bytea,
/// which a script holds as a string like any other: as text the server would refuse it or read it as something else.
/// Boxes are the one type whose arrays have another delimiter.
bool needs_type(Value const& value) {
  if (auto const* array = std::get_if<Array>(&value)) {
    return std::any_of(array->elements.begin(), array->elements.end(), [](Value const& element) {
      auto const* const text = std::get_if<std::string>(&element);
      return needs_type(element) || (text != nullptr && text->starts_with('('));
    });
  }
  auto const* const text = std::get_if<std::string>(&value);
  return text != nullptr && (text->find_first_of(std::string_view{"\\\0", 2}) != std::string::npos || !is_utf8(*text));
}

Array as_bytes(Array const& array) {
  Array result;
  for (auto const& element : array.elements) {
    if (auto const* inner = std::get_if<Array>(&element))
      result.elements.emplace_back(as_bytes(*inner));
    else if (auto const* text = std::get_if<std::string>(&element))
      result.elements.emplace_back(Bytes{*text});
    else
      result.elements.push_back(element);
  }
  return result;
}

/// The parameters of one call in the form libpq takes.
class Parameters {
 public:
  /// `asked` are the parameters' types where the server was asked for them.
  Parameters(std::span<Value const> values, std::string_view statement, std::span<::Oid const> asked = {}) {
    texts_.reserve(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
      auto const type = i < asked.size() ? asked[i] : 0;
      std::string const* bytes = nullptr;
      if (auto const* const given = std::get_if<Bytes>(&values[i])) bytes = &given->data;
      if (type == bytea_oid && bytes == nullptr) bytes = std::get_if<std::string>(&values[i]);
      auto const* const array = std::get_if<Array>(&values[i]);
      if (array != nullptr && type == bytea_array_oid)
        texts_.push_back(write_parameter(as_bytes(*array)));
      else if (array != nullptr && type == box_array_oid)
        texts_.push_back(write_array(*array, ';'));
      else
        texts_.push_back(bytes != nullptr || is_null(values[i]) ? std::string{} : write_parameter(values[i]));
      if (texts_.back().find('\0') != std::string::npos) {
        DatabaseError error{
            fmt::format("parameter {} is text that holds a zero byte, which PostgreSQL does not allow", i + 1),
            Hint{"send it as sql.bytes to a bytea column"}};
        error.code = "22021";
        error.statement = statement;
        throw error;
      }
      types_.push_back(bytes ? bytea_oid : 0);
      formats_.push_back(bytes ? 1 : 0);
      lengths_.push_back(static_cast<int>(bytes ? bytes->size() : texts_.back().size()));
      if (is_null(values[i]))
        pointers_.push_back(nullptr);
      else
        pointers_.push_back(bytes ? bytes->c_str() : texts_.back().c_str());
    }
  }

  int count() const { return static_cast<int>(pointers_.size()); }
  ::Oid const* types() const { return types_.data(); }
  char const* const* values() const { return pointers_.data(); }
  int const* lengths() const { return lengths_.data(); }
  int const* formats() const { return formats_.data(); }

 private:
  std::vector<std::string> texts_;
  std::vector<::Oid> types_;
  std::vector<char const*> pointers_;
  std::vector<int> lengths_, formats_;
};

/// How the rows of a statement can be read.
enum class Reading { buffered, cursor, cursor_in_transaction_only };

Reading reading_of(std::string_view statement) {
  sql::Lexer lexer{statement, lexical_rules};
  auto token = lexer.next_significant();
  while (token.is('(')) token = lexer.next_significant();
  bool const with = token.is("WITH");
  if (!with && !token.is("SELECT") && !token.is("VALUES") && !token.is("TABLE")) return Reading::buffered;
  bool after_for = false;
  auto reading = Reading::cursor;
  for (token = lexer.next_significant(); token.kind != sql::TokenKind::end; token = lexer.next_significant()) {
    if (token.is("INTO")) return Reading::buffered;
    if (after_for && (token.is("UPDATE") || token.is("SHARE") || token.is("NO") || token.is("KEY")))
      reading = Reading::cursor_in_transaction_only;
    else if (with && (token.is("INSERT") || token.is("UPDATE") || token.is("DELETE") || token.is("MERGE")))
      return Reading::buffered;
    after_for = token.is("FOR");
  }
  return reading;
}

bool has_inner_semicolon(std::string_view statement) {
  auto const first = statement.find(';');
  return first != std::string_view::npos && statement.find_first_not_of("; \t\r\n", first) != std::string_view::npos;
}

class PostgresSession final : public db::Session {
 public:
  PostgresSession(DatabaseUrl const& url, db::ConnectOptions const& options);
  PostgresSession(PostgresSession const&) = delete;
  PostgresSession& operator=(PostgresSession const&) = delete;
  ~PostgresSession() override {
    if (cancel_ != nullptr) driver_.freeCancel(cancel_);
  }

  db::ServerInfo const& server() const override { return server_; }
  std::string connection_id() const override { return pooled_ ? std::string{} : std::to_string(backend_); }
  bool is_pooled() const override { return pooled_; }
  std::int64_t execute(std::string_view statement) override;
  std::int64_t execute(std::string_view statement, std::span<Value const> parameters) override;
  std::unique_ptr<db::Cursor> query(std::string_view statement, std::span<Value const> parameters) override;
  std::int64_t copy_in(std::string_view statement, std::string_view data) override;
  std::size_t read_cells(std::string_view statement, Cells& cells) override;
  bool in_transaction() const override {
    auto const status = driver_.transactionStatus(connection_);
    return status == PQTRANS_INTRANS || status == PQTRANS_INERROR || status == PQTRANS_ACTIVE;
  }
  bool is_alive() const override { return alive_ && driver_.status(connection_) == CONNECTION_OK; }
  void set_lock_timeout(std::optional<double> seconds) override {
    lock_timeout_ = seconds;
    set_timeout("lock_timeout", seconds);
  }
  bool try_mark(std::string_view name) override {
    if (pooled_) return true; // it would stay on a connection that is anybody's; a pooler ends what its client left
    Value const mark = fmt::format("vm works on {}", name);
    return scalar("SELECT pg_catalog.pg_try_advisory_lock(pg_catalog.hashtextextended($1, 0))", {&mark, 1}) ==
           Value{true};
  }
  void set_statement_timeout(std::optional<double> seconds) override {
    statement_timeout_ = seconds;
    set_timeout("statement_timeout", seconds);
  }
  void cancel() noexcept override;
  void set_notice_handler(db::NoticeHandler const& handler) override { notice_handler_ = handler; }

  // For the cursors.
  Driver const& driver() const { return driver_; }
  ArrayType array_type(::Oid type);
  Result run(std::string const& text);
  void check(Result const& result, std::string_view statement, std::size_t prefix = 0);
  void close_cursor(std::string const& name, bool hold, std::uint64_t epoch) noexcept;
  std::uint64_t epoch() const { return epoch_; }

 protected:
  std::unique_ptr<db::Cursor> query_buffered(std::string_view statement, std::span<Value const> parameters) override;

 private:
  struct Running {
    explicit Running(PostgresSession& owner) : session{owner} {
      session.cancelled_ = false;
      session.running_ = true;
    }
    Running(Running const&) = delete;
    Running& operator=(Running const&) = delete;
    ~Running() { session.running_ = false; }
    PostgresSession& session;
  };

  struct Kept {
    int uses = 0;
    std::string name;                             ///< empty until prepared
    std::optional<std::vector<::Oid>> types = {}; ///< of the parameters, once they were asked for
  };

  static void on_notice(void* session, PGresult const* result);
  void begin_pooled();
  void set_timeout(std::string_view setting, std::optional<double> seconds);
  void refuse_zero_byte(std::string_view statement) const;
  [[noreturn]] void fail(Result const& result, std::string_view statement, std::size_t prefix);
  void note_command(std::string_view tag);
  void forget_prepared();
  Result run_parameters(std::string const& text, std::span<Value const> parameters, std::string_view statement,
                        std::size_t prefix = 0);
  std::vector<::Oid> ask_types(std::string const& name, std::string_view statement);
  Result drain(std::string_view statement);

  Driver driver_;
  std::unique_ptr<soci::details::session_backend> owner_;
  PGconn* connection_ = nullptr;
  PGcancel* cancel_ = nullptr;
  db::ServerInfo server_;
  db::NoticeHandler notice_handler_;
  std::optional<double> lock_timeout_, statement_timeout_;
  int backend_ = 0;     ///< process id of the server's end
  bool pooled_ = false; ///< the server's end is not what we talk to
  std::map<std::string, Kept> kept_;
  bool prepared_is_stale_ = false;
  unsigned next_name_ = 0;
  unsigned next_cursor_ = 0;
  std::uint64_t epoch_ = 0; ///< grows with everything that may have ended cursors
  std::unordered_map<::Oid, ArrayType> array_types_;
  bool alive_ = true;
  std::atomic<bool> running_ = false;
  std::atomic<bool> cancelled_ = false;
};

/// Reads the rows of a result in memory.
class RowReader {
 public:
  RowReader() = default;
  RowReader(PostgresSession& session, Result const& result) {
    auto const& driver = session.driver();
    int const count = driver.nfields(result.get());
    for (int i = 0; i < count; ++i) {
      names_.emplace_back(driver.fname(result.get(), i));
      types_.push_back(driver.ftype(result.get(), i));
      arrays_.push_back(session.array_type(types_.back()));
    }
  }

  std::vector<std::string> const& names() const { return names_; }

  void read(Driver const& driver, Result const& result, int index, std::vector<Value>& row) const {
    row.resize(names_.size());
    for (std::size_t i = 0; i < names_.size(); ++i) {
      int const column = static_cast<int>(i);
      if (driver.getisnull(result.get(), index, column)) {
        row[i] = Null{};
        continue;
      }
      std::string_view const text{driver.getvalue(result.get(), index, column),
                                  static_cast<std::size_t>(driver.getlength(result.get(), index, column))};
      row[i] = arrays_[i].element != 0 ? Value{read_array(text, arrays_[i])} : read_scalar(text, types_[i]);
    }
  }

  void visit(Driver const& driver, Result const& result, int index, RowVisitor& to) const {
    for (std::size_t i = 0; i < names_.size(); ++i) {
      int const column = static_cast<int>(i);
      if (driver.getisnull(result.get(), index, column)) {
        to.null();
        continue;
      }
      std::string_view const text{driver.getvalue(result.get(), index, column),
                                  static_cast<std::size_t>(driver.getlength(result.get(), index, column))};
      if (arrays_[i].element != 0)
        visit_value(read_array(text, arrays_[i]), to);
      else
        visit_scalar(text, types_[i], to);
    }
  }

 private:
  std::vector<std::string> names_;
  std::vector<::Oid> types_;
  std::vector<ArrayType> arrays_;
};

class BufferedCursor final : public db::Cursor {
 public:
  BufferedCursor(PostgresSession& session, Result result)
      : session_{session},
        result_{std::move(result)},
        reader_{session, result_} {}

  std::vector<std::string> const& columns() const override { return reader_.names(); }
  std::int64_t rows_affected() const override { return result_.affected(); }
  bool next(std::vector<Value>& row) override {
    if (index_ >= result_.rows()) return false;
    reader_.read(session_.driver(), result_, index_++, row);
    return true;
  }
  bool visit_next(RowVisitor& visitor) override {
    if (index_ >= result_.rows()) return false;
    reader_.visit(session_.driver(), result_, index_++, visitor);
    return true;
  }

 private:
  PostgresSession& session_;
  Result result_;
  RowReader reader_;
  int index_ = 0;
};

class ServerCursor final : public db::Cursor {
 public:
  ServerCursor(PostgresSession& session, std::string name, bool hold, std::string statement)
      : session_{session},
        name_{std::move(name)},
        statement_{std::move(statement)},
        hold_{hold},
        epoch_{session.epoch()} {
    try {
      fetch();
      reader_ = RowReader{session_, chunk_};
    } catch (...) {
      session_.close_cursor(name_, hold_, epoch_);
      throw;
    }
  }
  ServerCursor(ServerCursor const&) = delete;
  ServerCursor& operator=(ServerCursor const&) = delete;
  ~ServerCursor() override { close(); }

  std::vector<std::string> const& columns() const override { return reader_.names(); }
  std::int64_t rows_affected() const override { return 0; }

  bool next(std::vector<Value>& row) override {
    if (!has_row()) return false;
    reader_.read(session_.driver(), chunk_, index_++, row);
    return true;
  }

  bool visit_next(RowVisitor& visitor) override {
    if (!has_row()) return false;
    reader_.visit(session_.driver(), chunk_, index_++, visitor);
    return true;
  }

 private:
  bool has_row() {
    while (index_ >= chunk_.rows()) {
      if (!open_) return false;
      fetch();
    }
    return true;
  }

  void fetch() {
    int const asked = size_;
    chunk_ = session_.run(fmt::format("FETCH {} FROM {}", asked, name_));
    session_.check(chunk_, statement_);
    index_ = 0;
    int const got = chunk_.rows();
    if (got < asked) {
      close();
      return;
    }
    auto const row_bytes =
        std::max<std::size_t>(session_.driver().resultMemorySize(chunk_.get()) / static_cast<std::size_t>(got), 1);
    size_ = static_cast<int>(std::clamp<std::size_t>(chunk_bytes / row_bytes, 1, largest_chunk));
  }

  void close() {
    if (std::exchange(open_, false)) session_.close_cursor(name_, hold_, epoch_);
  }

  PostgresSession& session_;
  std::string name_, statement_;
  bool hold_;
  std::uint64_t epoch_;
  Result chunk_;
  RowReader reader_;
  int index_ = 0;
  int size_ = first_chunk;
  bool open_ = true;
};

std::string percent_encoded(std::string_view value) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string encoded;
  for (char const c : value) {
    auto const byte = static_cast<unsigned char>(c);
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.') {
      encoded += c;
    } else {
      encoded += '%';
      encoded += digits[byte >> 4];
      encoded += digits[byte & 15u];
    }
  }
  return encoded;
}

/// A URI whose every value is percent-encoded: SOCI cuts the other form at white space, with no regard to libpq's
/// quotes.
std::string conninfo(DatabaseUrl const& url, db::ConnectOptions const& options) {
  std::map<std::string, std::string> settings{{"connect_timeout", std::to_string(connect_timeout)},
                                              {"application_name", options.application_name}};
  if (!url.user.empty()) settings["user"] = url.user;
  if (url.password) settings["password"] = *url.password;
  if (!url.host.empty()) settings["host"] = url.host;
  if (url.port) settings["port"] = std::to_string(*url.port);
  if (!url.database.empty()) settings["dbname"] = url.database;
  for (auto const& [key, value] : url.parameters) settings[key == "ssl" ? "sslmode" : key] = value; // asyncpg's name
  settings["client_encoding"] = "UTF8";
  std::string text = "postgresql://";
  char separator = '?';
  for (auto const& [key, value] : settings) {
    if (value.find('\0') != std::string::npos || key.find('\0') != std::string::npos)
      throw ConfigError{fmt::format("the URL's '{}' holds a zero byte", key)};
    if (key.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") != std::string::npos)
      throw ConfigError{fmt::format("the URL has an unknown parameter '{}'", key),
                        Hint{"PostgreSQL URLs take the parameters of libpq: sslmode, options, connect_timeout, …"}};
    text += fmt::format("{}{}={}", std::exchange(separator, '&'), key, percent_encoded(value));
  }
  return text;
}

std::string endpoint(DatabaseUrl const& url) {
  std::string text;
  if (!url.user.empty()) text = url.user + "@";
  text += url.host.empty() ? "local socket" : url.host;
  if (!url.host.empty() || url.port) text += fmt::format(":{}", url.port.value_or(5432));
  if (!url.database.empty()) text += "/" + url.database;
  return text;
}

/// What libpq or the server said, in plain words.
[[noreturn]] void fail_connect(DatabaseUrl const& url, std::string_view message) {
  auto const says = [message](std::string_view text) { return message.find(text) != std::string_view::npos; };
  if (says("invalid URI query parameter")) {
    auto const begin = message.find('"');
    auto const end = message.find('"', begin + 1);
    auto const name = begin == std::string_view::npos ? std::string_view{} : message.substr(begin + 1, end - begin - 1);
    throw ConfigError{fmt::format("the URL has an unknown parameter '{}'", name),
                      Hint{"PostgreSQL URLs take the parameters of libpq: sslmode, options, connect_timeout, …"}};
  }
  std::string cause;
  std::string hint;
  bool const is_full = says("too many clients") || says("remaining connection slots") || says("too many connections") ||
                       says("no more connections allowed");
  if (says("password authentication failed")) {
    cause = fmt::format("wrong password, or no user '{}'", url.user);
  } else if (says("no password supplied")) {
    cause = "the server asks for a password";
    hint = "put it into the URL, PGPASSWORD or ~/.pgpass";
  } else if (says("role \"") && says("does not exist")) {
    cause = fmt::format("there is no user '{}'", url.user);
  } else if (says("database \"") && says("does not exist")) {
    cause = fmt::format("there is no database '{}'", url.database);
    hint = fmt::format("create it: createdb {}{}{}{}", url.host.empty() ? "" : fmt::format("-h {} ", url.host),
                       url.port ? fmt::format("-p {} ", *url.port) : "",
                       url.user.empty() ? "" : fmt::format("-U {} ", url.user), url.database);
  } else if (says("Connection refused")) {
    cause = "connection refused";
    hint = "is the server running, and is this its port?";
  } else if (says("could not translate host name")) {
    cause = fmt::format("unknown host '{}'", url.host);
  } else if (says("timeout expired")) {
    auto const given = url.parameters.find("connect_timeout");
    cause = fmt::format("no answer within {} s",
                        given == url.parameters.end() ? std::to_string(connect_timeout) : given->second);
  } else if (is_full) {
    cause = "the server has no free connection";
  } else if (says("is starting up") || says("shutting down") || says("in recovery mode")) {
    cause = "the server is starting up or shutting down";
    hint = "try again in a moment: vm ping --wait 30s";
  } else {
    // The first line holds SOCI's words, the last the newest attempt's.
    auto text = trim(message);
    if (auto const line = text.find('\n'); line != std::string_view::npos) text = trim(text.substr(line));
    if (auto const failed = text.find(" failed: "); failed != std::string_view::npos) text = text.substr(failed + 9);
    cause = mask_secrets(text);
  }
  ConnectError error{fmt::format("cannot connect to '{}': {}", endpoint(url), cause)};
  error.is_full = is_full;
  if (!hint.empty()) error.add_hint(Hint{hint});
  throw error;
}

std::int64_t milliseconds(double seconds) {
  // 0 means "no limit" to the server.
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(std::clamp(seconds, 0.0, 2e6) * 1000));
}

PostgresSession::PostgresSession(DatabaseUrl const& url, db::ConnectOptions const& options) {
  try {
    owner_ = driver_.library.connect(conninfo(url, options));
  } catch (soci::soci_error const& error) {
    fail_connect(url, error.what());
  }
  connection_ = static_cast<soci::postgresql_session_backend*>(owner_.get())->conn_;
  cancel_ = driver_.getCancel(connection_);
  driver_.setNoticeReceiver(connection_, &PostgresSession::on_notice, this);

  int const version = driver_.serverVersion(connection_);
  server_ = {
      .product = "PostgreSQL", .version = fmt::format("{}.{}", version / 10000, version % 10000), .number = version};

  std::string settings;
  auto const is = [this](char const* name, std::string_view start) {
    char const* const value = driver_.parameterStatus(connection_, name);
    return value != nullptr && std::string_view{value}.starts_with(start);
  };
  if (!is("DateStyle", "ISO")) settings += "SET datestyle = ISO;";
  if (!is("standard_conforming_strings", "on")) settings += "SET standard_conforming_strings = on;";
  lock_timeout_ = options.lock_timeout;
  statement_timeout_ = options.statement_timeout;
  // A pooler answers with a process id of its own making. Behind one these settings would stay on a connection that is
  // anybody's afterwards, so there they last for this transaction only and begin_pooled() repeats them.
  settings += "SELECT pg_catalog.pg_backend_pid()";
  auto const set = [&](std::string_view name, std::string const& value) {
    settings += fmt::format(", pg_catalog.set_config('{}', '{}', pg_catalog.pg_backend_pid() <> {})", name, value,
                            driver_.backendPID(connection_));
  };
  if (lock_timeout_) set("lock_timeout", std::to_string(milliseconds(*lock_timeout_)));
  if (statement_timeout_) set("statement_timeout", std::to_string(milliseconds(*statement_timeout_)));
  if (options.read_only) set("default_transaction_read_only", "on");
  auto const answer = run(settings);
  check(answer, settings);
  std::string_view const backend{driver_.getvalue(answer.get(), 0, 0)};
  std::from_chars(backend.data(), backend.data() + backend.size(), backend_);
  pooled_ = backend_ != driver_.backendPID(connection_);
}

/// The settings of a session, for one transaction behind a pooler.
void PostgresSession::begin_pooled() {
  std::string text;
  if (lock_timeout_) text += fmt::format("SET LOCAL lock_timeout = {};", milliseconds(*lock_timeout_));
  if (statement_timeout_) text += fmt::format("SET LOCAL statement_timeout = {};", milliseconds(*statement_timeout_));
  if (!text.empty()) check(run(text), text);
}

void PostgresSession::on_notice(void* data, PGresult const* result) {
  auto& session = *static_cast<PostgresSession*>(data);
  if (!session.notice_handler_) return;
  auto const field = [&](int code) {
    char const* const text = session.driver_.resultErrorField(result, code);
    return std::string{text == nullptr ? "" : text};
  };
  session.notice_handler_({field(PG_DIAG_SEVERITY), field(PG_DIAG_SQLSTATE), field(PG_DIAG_MESSAGE_PRIMARY)});
}

void PostgresSession::cancel() noexcept {
  if (!running_ || cancel_ == nullptr) return;
  cancelled_ = true;
  std::array<char, 256> message{};
  driver_.cancel(cancel_, message.data(), static_cast<int>(message.size()));
}

void PostgresSession::set_timeout(std::string_view setting, std::optional<double> seconds) {
  if (pooled_ && !in_transaction()) return; // begin_pooled() sets it
  auto const scope = pooled_ ? "SET LOCAL" : "SET";
  auto const text = seconds ? fmt::format("{} {} = {}", scope, setting, milliseconds(*seconds))
                            : fmt::format("{} {} TO DEFAULT", scope, setting);
  check(run(text), text);
}

void PostgresSession::refuse_zero_byte(std::string_view statement) const {
  auto const zero = statement.find('\0');
  if (zero == std::string_view::npos) return;
  DatabaseError error{"the statement holds a zero byte"};
  error.kind = DatabaseErrorKind::syntax;
  error.statement = statement;
  error.position = zero;
  throw error;
}

void PostgresSession::fail(Result const& result, std::string_view statement, std::size_t prefix) {
  std::string_view const code = result.get() == nullptr ? std::string_view{} : result.field(PG_DIAG_SQLSTATE);
  std::string message{result.get() == nullptr ? std::string_view{} : result.field(PG_DIAG_MESSAGE_PRIMARY)};
  auto kind = kind_of(code);
  std::optional<Hint> hint;
  std::string detail;
  ++epoch_;
  if (driver_.status(connection_) != CONNECTION_OK || kind == DatabaseErrorKind::connection_lost) {
    alive_ = false;
    kind = DatabaseErrorKind::connection_lost;
    detail = message.empty() ? std::string{trim(driver_.errorMessage(connection_))} : message;
    message = "the connection to the server was lost";
  } else if (kind == DatabaseErrorKind::interrupted && !cancelled_ && statement_timeout_ &&
             message.find("user request") == std::string::npos) {
    kind = DatabaseErrorKind::other;
    message = fmt::format("the statement took longer than the statement timeout of {} s", *statement_timeout_);
    hint = Hint{"raise 'statement_timeout' or make the statement smaller"};
  } else if (kind == DatabaseErrorKind::lock_timeout && lock_timeout_ && message.find("timeout") != std::string::npos) {
    message = fmt::format("the statement did not get its lock within {} s", *lock_timeout_);
  } else if (kind == DatabaseErrorKind::interrupted && cancelled_) {
    message = "the statement was interrupted";
  } else if (message.find("cannot insert multiple commands") != std::string::npos) {
    message = "there is more than one statement in the text";
  }
  if (message.empty()) message = trim(driver_.errorMessage(connection_));
  DatabaseError error{message};
  error.kind = kind;
  error.code = code.empty() && kind == DatabaseErrorKind::connection_lost ? "08006" : std::string{code};
  error.statement = statement;
  error.detail = std::move(detail);
  if (result.get() != nullptr) {
    if (auto const text = result.field(PG_DIAG_MESSAGE_DETAIL); !text.empty()) error.detail = text;
    if (auto const text = result.field(PG_DIAG_MESSAGE_HINT); !text.empty() && !hint) hint = Hint{std::string{text}};
    if (auto const text = result.field(PG_DIAG_CONTEXT); !text.empty()) error.add_note({"context", std::string{text}});
    if (auto const text = result.field(PG_DIAG_STATEMENT_POSITION); !text.empty()) {
      std::size_t character = 0;
      std::from_chars(text.data(), text.data() + text.size(), character);
      if (character > prefix) error.position = byte_offset(statement, character - prefix);
    }
  }
  if (hint) error.add_hint(*hint);
  throw error;
}

void PostgresSession::check(Result const& result, std::string_view statement, std::size_t prefix) {
  switch (result.status()) {
  case PGRES_COMMAND_OK:
  case PGRES_TUPLES_OK:
  case PGRES_EMPTY_QUERY: return;
  default: fail(result, statement, prefix);
  }
}

Result PostgresSession::run(std::string const& text) {
  Running const running{*this};
  return {driver_, driver_.exec(connection_, text.c_str())};
}

/// What a command means for statements prepared and cursors opened before it.
void PostgresSession::note_command(std::string_view tag) {
  constexpr auto harmless = std::to_array<std::string_view>(
      {"INSERT", "UPDATE", "DELETE", "SELECT", "MERGE", "COPY", "BEGIN", "START TRANSACTION", "SAVEPOINT", "RELEASE",
       "FETCH", "MOVE", "DECLARE CURSOR", "CLOSE CURSOR", "SHOW"});
  auto const name = tag.substr(0, tag.find_first_of("0123456789"));
  if (std::find(harmless.begin(), harmless.end(), trim(name)) != harmless.end()) return;
  if (tag == "COMMIT" || tag == "ROLLBACK" || tag == "DISCARD ALL" || tag == "CLOSE CURSOR ALL") ++epoch_;
  if (tag == "COMMIT") return;
  if (tag == "DISCARD ALL" || tag == "DEALLOCATE ALL") {
    kept_.clear();
    return;
  }
  // A parameter's type is settled when a statement is prepared; a changed column may want another one.
  prepared_is_stale_ = true;
  array_types_.clear();
}

void PostgresSession::forget_prepared() {
  std::string text;
  for (auto const& [key, kept] : kept_)
    if (!kept.name.empty()) text += fmt::format("DEALLOCATE {};", kept.name);
  if (!text.empty()) check(run(text), text);
  kept_.clear();
  prepared_is_stale_ = false;
}

/// Reads what a sent statement gives until nothing is left; the last result says how it went.
Result PostgresSession::drain(std::string_view statement) {
  Result last;
  std::optional<std::string> refusal;
  while (auto* const handle = driver_.getResult(connection_)) {
    Result result{driver_, handle};
    auto const status = result.status();
    if (status == PGRES_COPY_IN) {
      driver_.putCopyEnd(connection_, "no data was given");
      refusal = "COPY … FROM stdin needs its data";
      continue;
    }
    if (status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH) {
      char* data = nullptr;
      while (driver_.getCopyData(connection_, &data, 0) > 0) driver_.freemem(data);
      refusal = "COPY … TO stdout has nowhere to go";
      continue;
    }
    if (status == PGRES_SINGLE_TUPLE) continue;
    bool const failed = last.get() != nullptr && last.status() == PGRES_FATAL_ERROR;
    if (!failed) last = std::move(result);
  }
  if (refusal) {
    DatabaseError error{*refusal, Hint{"put COPY … FROM stdin with its data into a .sql file"}};
    error.kind = DatabaseErrorKind::syntax;
    error.code = "0A000";
    error.statement = statement;
    throw error;
  }
  return last;
}

std::int64_t PostgresSession::execute(std::string_view statement) {
  refuse_zero_byte(statement);
  std::string const text{statement};
  Result result;
  {
    Running const running{*this};
    // The extended protocol refuses a second statement; the simple one is a little faster where there can be none.
    int const sent = has_inner_semicolon(statement)
                         ? driver_.sendQueryParams(connection_, text.c_str(), 0, nullptr, nullptr, nullptr, nullptr, 0)
                         : driver_.sendQuery(connection_, text.c_str());
    if (sent == 0) fail(Result{}, statement, 0);
    driver_.setSingleRowMode(connection_);
    result = drain(statement);
  }
  if (result.get() == nullptr) fail(result, statement, 0);
  check(result, statement);
  std::string_view const tag{driver_.cmdStatus(result.get())};
  note_command(tag);
  if (pooled_ && (tag == "BEGIN" || tag == "START TRANSACTION")) begin_pooled();
  return result.affected();
}

/// The types of a prepared statement's parameters.
std::vector<::Oid> PostgresSession::ask_types(std::string const& name, std::string_view statement) {
  Running const running{*this};
  Result const described{driver_, driver_.describePrepared(connection_, name.c_str())};
  check(described, statement);
  std::vector<::Oid> types;
  for (int i = 0; i < driver_.nparams(described.get()); ++i) types.push_back(driver_.paramtype(described.get(), i));
  return types;
}

/// `statement` is the part of `text` from `prefix` on that messages show.
Result PostgresSession::run_parameters(std::string const& text, std::span<Value const> parameters,
                                       std::string_view statement, std::size_t prefix) {
  auto const types = given_types(parameters);
  std::vector<::Oid> asked;
  auto const status = driver_.transactionStatus(connection_);
  // Behind a pooler two messages outside a transaction may reach two servers.
  bool const can_ask = status == PQTRANS_INTRANS || (status == PQTRANS_IDLE && !pooled_);
  if (can_ask && std::any_of(parameters.begin(), parameters.end(), needs_type)) {
    Running const running{*this};
    Result const prepared{driver_,
                          driver_.prepare(connection_, "", text.c_str(), static_cast<int>(types.size()), types.data())};
    check(prepared, statement, prefix);
    asked = ask_types("", statement);
  }
  Parameters const bound{parameters, statement, asked};
  Running const running{*this};
  return {driver_, driver_.execParams(connection_, text.c_str(), bound.count(), bound.types(), bound.values(),
                                      bound.lengths(), bound.formats(), 0)};
}

std::int64_t PostgresSession::execute(std::string_view statement, std::span<Value const> parameters) {
  refuse_zero_byte(statement);
  std::string const text{statement};
  auto const types = given_types(parameters);
  bool const failed = driver_.transactionStatus(connection_) == PQTRANS_INERROR;
  if ((prepared_is_stale_ || kept_.size() > kept_statements) && !failed) forget_prepared();

  // Calls with the same types share a prepared statement.
  std::string key;
  for (auto const type : types) key += type == 0 ? '-' : 'b';
  auto& kept = kept_[key + ":" + text];
  bool const ask = !failed && !pooled_ && !kept.types && std::any_of(parameters.begin(), parameters.end(), needs_type);
  if ((++kept.uses > uses_before_prepare || ask) && kept.name.empty() && !failed && !pooled_) {
    auto const name = fmt::format("vm_statement_{}", ++next_name_);
    Running const running{*this};
    Result const prepared{driver_, driver_.prepare(connection_, name.c_str(), text.c_str(),
                                                   static_cast<int>(types.size()), types.data())};
    check(prepared, statement);
    kept.name = name;
  }
  if (ask) kept.types = ask_types(kept.name, statement);
  Result result;
  if (kept.name.empty()) {
    result = run_parameters(text, parameters, statement);
  } else {
    Parameters const bound{parameters, statement,
                           kept.types ? std::span<::Oid const>{*kept.types} : std::span<::Oid const>{}};
    Running const running{*this};
    result = {driver_, driver_.execPrepared(connection_, kept.name.c_str(), bound.count(), bound.values(),
                                            bound.lengths(), bound.formats(), 0)};
  }
  if (result.get() == nullptr) fail(result, statement, 0);
  if (result.status() == PGRES_COPY_IN || result.status() == PGRES_COPY_OUT) {
    if (result.status() == PGRES_COPY_IN) driver_.putCopyEnd(connection_, "no data was given");
    drain(statement);
  }
  check(result, statement);
  // A prepared statement that returns rows fails once a column of them changes; only the others are kept.
  if (driver_.nfields(result.get()) > 0 && kept.name.empty()) kept.uses = 0;
  auto const affected = result.affected();
  note_command(driver_.cmdStatus(result.get()));
  return affected;
}

std::unique_ptr<db::Cursor> PostgresSession::query_buffered(std::string_view statement,
                                                            std::span<Value const> parameters) {
  refuse_zero_byte(statement);
  auto result = run_parameters(std::string{statement}, parameters, statement);
  if (result.get() == nullptr) fail(result, statement, 0);
  if (result.status() == PGRES_COPY_IN || result.status() == PGRES_COPY_OUT) {
    if (result.status() == PGRES_COPY_IN) driver_.putCopyEnd(connection_, "no data was given");
    drain(statement);
  }
  check(result, statement);
  note_command(driver_.cmdStatus(result.get()));
  return std::make_unique<BufferedCursor>(*this, std::move(result));
}

std::unique_ptr<db::Cursor> PostgresSession::query(std::string_view statement, std::span<Value const> parameters) {
  auto const reading = reading_of(statement);
  bool const inside = in_transaction();
  if (reading == Reading::buffered || (!inside && (pooled_ || reading == Reading::cursor_in_transaction_only)))
    return query_buffered(statement, parameters);
  refuse_zero_byte(statement);
  auto name = fmt::format("vm_cursor_{}", ++next_cursor_);
  auto const prefix = fmt::format("DECLARE {} NO SCROLL CURSOR {}FOR ", name, inside ? "" : "WITH HOLD ");
  check(run_parameters(prefix + std::string{statement}, parameters, statement, prefix.size()), statement,
        prefix.size());
  return std::make_unique<ServerCursor>(*this, std::move(name), !inside, std::string{statement});
}

void PostgresSession::close_cursor(std::string const& name, bool hold, std::uint64_t epoch) noexcept {
  // Closing a cursor that went with its transaction would be an error that spoils the next one.
  try {
    if (!is_alive()) return;
    auto const status = driver_.transactionStatus(connection_);
    if (status == PQTRANS_INERROR) return;
    if (!hold && status == PQTRANS_IDLE) return;
    if (epoch != epoch_) {
      Value const parameter{name};
      if (query_buffered("SELECT 1 FROM pg_cursors WHERE name = $1", {&parameter, 1})->rows_affected() == 0) return;
    }
    run("CLOSE " + name);
  } catch (std::exception const&) {
    // The server closes what is left with the transaction or the session.
  }
}

std::int64_t PostgresSession::copy_in(std::string_view statement, std::string_view data) {
  refuse_zero_byte(statement);
  std::string const text{statement};
  Running const running{*this};
  Result begin{driver_, driver_.exec(connection_, text.c_str())};
  if (begin.get() == nullptr) fail(begin, statement, 0);
  if (begin.status() != PGRES_COPY_IN) {
    check(begin, statement);
    DatabaseError error{"the statement takes no data"};
    error.kind = DatabaseErrorKind::syntax;
    error.statement = statement;
    throw error;
  }
  constexpr std::size_t piece = 1 << 20;
  for (std::size_t sent = 0; sent < data.size(); sent += piece) {
    auto const part = data.substr(sent, piece);
    if (driver_.putCopyData(connection_, part.data(), static_cast<int>(part.size())) < 0) fail(Result{}, statement, 0);
  }
  if (driver_.putCopyEnd(connection_, nullptr) < 0) fail(Result{}, statement, 0);
  auto const result = drain(statement);
  if (result.get() == nullptr) fail(result, statement, 0);
  check(result, statement);
  return result.affected();
}

std::size_t PostgresSession::read_cells(std::string_view statement, Cells& cells) {
  refuse_zero_byte(statement);
  auto const result = run(std::string{statement});
  if (result.get() == nullptr) fail(result, statement, 0);
  check(result, statement);
  int const width = driver_.nfields(result.get());
  int const rows = result.rows();
  std::vector<::Oid> types;
  std::vector<ArrayType> arrays;
  for (int i = 0; i < width; ++i) {
    types.push_back(driver_.ftype(result.get(), i));
    arrays.push_back(array_type(types.back()));
  }
  for (int row = 0; row < rows; ++row) {
    for (int i = 0; i < width; ++i) {
      auto const place = static_cast<std::size_t>(i);
      auto const length = static_cast<std::size_t>(driver_.getlength(result.get(), row, i));
      if (length == 0 && driver_.getisnull(result.get(), row, i)) {
        cells.add_null();
        continue;
      }
      std::string_view const text{driver_.getvalue(result.get(), row, i), length};
      if (arrays[place].element != 0)
        cells.add(read_array(text, arrays[place]));
      else
        read_cell(text, types[place], cells);
    }
  }
  return static_cast<std::size_t>(rows);
}

ArrayType PostgresSession::array_type(::Oid type) {
  if (is_builtin_scalar(type)) return {};
  if (auto const known = builtin_array(type); known.element != 0) return known;
  if (auto const found = array_types_.find(type); found != array_types_.end()) return found->second;
  ArrayType answer;
  if (driver_.transactionStatus(connection_) != PQTRANS_INERROR) {
    auto const text = fmt::format(
        "SELECT typelem::int8, typdelim FROM pg_catalog.pg_type WHERE oid = {} AND typcategory = 'A'", type);
    auto const result = run(text);
    check(result, text);
    if (result.rows() == 1)
      answer = {static_cast<Oid>(std::get<std::int64_t>(read_scalar(driver_.getvalue(result.get(), 0, 0), 20))),
                *driver_.getvalue(result.get(), 0, 1)};
  }
  array_types_.emplace(type, answer);
  return answer;
}

} // namespace

std::unique_ptr<db::Session> connect(DatabaseUrl const& url, db::ConnectOptions const& options) {
  return std::make_unique<PostgresSession>(url, options);
}

} // namespace vm::dialect::postgresql

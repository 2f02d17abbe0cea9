#include "engine/dialect/mysql/driver.hpp"

#include "engine/core/text.hpp"
#include "engine/db/bulk.hpp"
#include "engine/db/driver_library.hpp"
#include "engine/sql/lexer.hpp"

#include <fmt/format.h>
#include <soci/mysql/soci-mysql.h>
#include <soci/soci-backend.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstring>
#include <limits>
#include <list>
#include <utility>

namespace vm::dialect::mysql {

namespace {

constexpr std::size_t kept_statements = 64;
constexpr unsigned long prefetched_rows = 500;
constexpr std::size_t first_buffer = 256;
constexpr unsigned binary_charset = 63;
constexpr std::size_t shortest_cut = 40; ///< a syntax error that repeats less of the statement repeats all that is left

constexpr sql::Capabilities lexical_rules{
    .backslash_escapes = true, .hash_comments = true, .backtick_quotes = true, .double_quotes_are_strings = true};

struct Driver {
  db::DriverLibrary library{"mysql", VM_SOCI_MYSQL, "libsoci-mysql4.0"};

  decltype(&mysql_affected_rows) affected_rows;
  decltype(&mysql_errno) error_number;
  decltype(&mysql_error) error_text;
  decltype(&mysql_fetch_fields) fetch_fields;
  decltype(&mysql_fetch_lengths) fetch_lengths;
  decltype(&mysql_fetch_row) fetch_row;
  decltype(&mysql_field_count) field_count;
  decltype(&mysql_free_result) free_result;
  decltype(&mysql_get_server_info) get_server_info;
  decltype(&mysql_more_results) more_results;
  decltype(&mysql_next_result) next_result;
  decltype(&mysql_num_fields) num_fields;
  decltype(&mysql_real_query) real_query;
  decltype(&mysql_sqlstate) sqlstate;
  decltype(&mysql_stmt_affected_rows) stmt_affected_rows;
  decltype(&mysql_stmt_attr_set) stmt_attr_set;
  decltype(&mysql_stmt_bind_param) stmt_bind_param;
  decltype(&mysql_stmt_bind_result) stmt_bind_result;
  decltype(&mysql_stmt_close) stmt_close;
  decltype(&mysql_stmt_errno) stmt_errno;
  decltype(&mysql_stmt_error) stmt_error;
  decltype(&mysql_stmt_execute) stmt_execute;
  decltype(&mysql_stmt_fetch) stmt_fetch;
  decltype(&mysql_stmt_fetch_column) stmt_fetch_column;
  decltype(&mysql_stmt_field_count) stmt_field_count;
  decltype(&mysql_stmt_free_result) stmt_free_result;
  decltype(&mysql_stmt_init) stmt_init;
  decltype(&mysql_stmt_more_results) stmt_more_results;
  decltype(&mysql_stmt_next_result) stmt_next_result;
  decltype(&mysql_stmt_param_count) stmt_param_count;
  decltype(&mysql_stmt_prepare) stmt_prepare;
  decltype(&mysql_stmt_result_metadata) stmt_result_metadata;
  decltype(&mysql_stmt_sqlstate) stmt_sqlstate;
  decltype(&mysql_stmt_store_result) stmt_store_result;
  decltype(&mysql_store_result) store_result;
  decltype(&mysql_thread_id) thread_id;
  decltype(&mysql_use_result) use_result;
  decltype(&mysql_warning_count) warning_count;

  Driver() {
    library.find(affected_rows, "mysql_affected_rows");
    library.find(error_number, "mysql_errno");
    library.find(error_text, "mysql_error");
    library.find(fetch_fields, "mysql_fetch_fields");
    library.find(fetch_lengths, "mysql_fetch_lengths");
    library.find(fetch_row, "mysql_fetch_row");
    library.find(field_count, "mysql_field_count");
    library.find(free_result, "mysql_free_result");
    library.find(get_server_info, "mysql_get_server_info");
    library.find(more_results, "mysql_more_results");
    library.find(next_result, "mysql_next_result");
    library.find(num_fields, "mysql_num_fields");
    library.find(real_query, "mysql_real_query");
    library.find(sqlstate, "mysql_sqlstate");
    library.find(stmt_affected_rows, "mysql_stmt_affected_rows");
    library.find(stmt_attr_set, "mysql_stmt_attr_set");
    library.find(stmt_bind_param, "mysql_stmt_bind_param");
    library.find(stmt_bind_result, "mysql_stmt_bind_result");
    library.find(stmt_close, "mysql_stmt_close");
    library.find(stmt_errno, "mysql_stmt_errno");
    library.find(stmt_error, "mysql_stmt_error");
    library.find(stmt_execute, "mysql_stmt_execute");
    library.find(stmt_fetch, "mysql_stmt_fetch");
    library.find(stmt_fetch_column, "mysql_stmt_fetch_column");
    library.find(stmt_field_count, "mysql_stmt_field_count");
    library.find(stmt_free_result, "mysql_stmt_free_result");
    library.find(stmt_init, "mysql_stmt_init");
    library.find(stmt_more_results, "mysql_stmt_more_results");
    library.find(stmt_next_result, "mysql_stmt_next_result");
    library.find(stmt_param_count, "mysql_stmt_param_count");
    library.find(stmt_prepare, "mysql_stmt_prepare");
    library.find(stmt_result_metadata, "mysql_stmt_result_metadata");
    library.find(stmt_sqlstate, "mysql_stmt_sqlstate");
    library.find(stmt_store_result, "mysql_stmt_store_result");
    library.find(store_result, "mysql_store_result");
    library.find(thread_id, "mysql_thread_id");
    library.find(use_result, "mysql_use_result");
    library.find(warning_count, "mysql_warning_count");
  }
};

/// What a server or the client library says about a failure.
struct Failure {
  unsigned number = 0;
  std::string sqlstate;
  std::string message;
};

bool is_connection_lost(unsigned number) {
  constexpr auto numbers = std::to_array<unsigned>({1053, 1079, 1152, 1927, 2002, 2003, 2006, 2013, 2055, 4031});
  return std::find(numbers.begin(), numbers.end(), number) != numbers.end();
}

DatabaseErrorKind kind_of(Failure const& failure) {
  switch (failure.number) {
  case 1205: // ER_LOCK_WAIT_TIMEOUT
  case 3572: // ER_LOCK_NOWAIT
    return DatabaseErrorKind::lock_timeout;
  case 1213: return DatabaseErrorKind::deadlock;
  case 1317: return DatabaseErrorKind::interrupted;
  case 1290: // --read-only and other --options that forbid the statement
  case 1792:
  case 1836: return DatabaseErrorKind::read_only;
  case 1021:
  case 1114: return DatabaseErrorKind::disk_full;
  case 3819: // a CHECK on MySQL
  case 4025: // a CHECK on MariaDB
    return DatabaseErrorKind::constraint;
  case 1044:
  case 1045:
  case 1142:
  case 1143:
  case 1227:
  case 1370: return DatabaseErrorKind::other; // no permission, though the SQLSTATE is 42000
  default: break;
  }
  if (is_connection_lost(failure.number)) return DatabaseErrorKind::connection_lost;
  if (failure.sqlstate.starts_with("23")) return DatabaseErrorKind::constraint;
  if (failure.sqlstate.starts_with("42")) return DatabaseErrorKind::syntax;
  return DatabaseErrorKind::other;
}

struct NearText {
  std::string text;
  std::size_t line = 0;
};

/// "… near 'text' at line 3".
std::optional<NearText> near_text(std::string_view message) {
  auto const begin = message.find("near '");
  auto const end = message.rfind("' at line ");
  if (begin == std::string_view::npos || end == std::string_view::npos || end < begin + 6) return std::nullopt;
  NearText near{std::string{message.substr(begin + 6, end - begin - 6)}, 0};
  auto const number = message.substr(end + 10);
  std::from_chars(number.data(), number.data() + number.size(), near.line);
  return near;
}

/// Where the text of a syntax error stands in the statement, unless it could be in several places.
std::optional<std::size_t> position_of(NearText const& near, std::string_view statement) {
  auto text = std::string_view{near.text};
  if (text.size() >= shortest_cut && text.ends_with("...")) {
    text.remove_suffix(3);
  } else {
    // The server repeats all that was left, up to a length.
    if (statement.ends_with(text)) return statement.size() - text.size();
    auto const trimmed = statement.substr(0, statement.find_last_not_of("; \t\r\n") + 1);
    if (!text.empty() && trimmed.ends_with(text)) return trimmed.size() - text.size();
  }
  if (text.empty()) return std::nullopt;
  std::optional<std::size_t> found;
  std::size_t line = 1;
  std::size_t counted = 0;
  for (auto at = statement.find(text); at != std::string_view::npos; at = statement.find(text, at + 1)) {
    line += static_cast<std::size_t>(std::count(statement.begin() + static_cast<std::ptrdiff_t>(counted),
                                                statement.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
    counted = at;
    if (near.line != 0 && line != near.line) continue;
    if (found) return std::nullopt;
    found = at;
  }
  return found;
}

std::string shortened(std::string_view text) {
  auto const end = std::min(text.find('\n'), std::size_t{40});
  if (end >= text.size()) return std::string{text};
  auto cut = end;
  while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0u) == 0x80u) --cut;
  return std::string{trim(text.substr(0, cut))} + "…";
}

std::string plain_message(Failure const& failure, std::optional<NearText> const& near) {
  if (near && (failure.number == 1064 || failure.number == 1149)) {
    if (near->text.empty()) return "syntax error at the end of the statement";
    return fmt::format("syntax error near '{}' at line {}", shortened(near->text), near->line);
  }
  std::string message = failure.message;
  if (message.size() > 1 && message[0] >= 'A' && message[0] <= 'Z' && message[1] >= 'a' && message[1] <= 'z')
    message[0] = static_cast<char>(message[0] - 'A' + 'a');
  while (message.ends_with('.')) message.pop_back();
  return message;
}

enum class ColumnKind {
  integer,
  unsigned_integer,
  boolean,
  single_float,
  double_float,
  decimal,
  text,
  bytes,
  date,
  time,
  datetime
};

struct Column {
  ColumnKind kind = ColumnKind::text;
  unsigned decimals = 0;
};

Column column_of(MYSQL_FIELD const& field) {
  bool const is_unsigned = (field.flags & UNSIGNED_FLAG) != 0;
  switch (field.type) {
  case MYSQL_TYPE_TINY:
    if (field.length == 1 && !is_unsigned && (field.flags & ZEROFILL_FLAG) == 0) return {ColumnKind::boolean};
    [[fallthrough]];
  case MYSQL_TYPE_SHORT:
  case MYSQL_TYPE_INT24:
  case MYSQL_TYPE_LONG:
  case MYSQL_TYPE_YEAR: return {ColumnKind::integer};
  case MYSQL_TYPE_LONGLONG: return {is_unsigned ? ColumnKind::unsigned_integer : ColumnKind::integer};
  case MYSQL_TYPE_FLOAT: return {ColumnKind::single_float};
  case MYSQL_TYPE_DOUBLE: return {ColumnKind::double_float};
  case MYSQL_TYPE_DECIMAL:
  case MYSQL_TYPE_NEWDECIMAL: return {ColumnKind::decimal};
  case MYSQL_TYPE_DATE:
  case MYSQL_TYPE_NEWDATE: return {ColumnKind::date};
  case MYSQL_TYPE_TIME: return {ColumnKind::time, field.decimals};
  case MYSQL_TYPE_DATETIME:
  case MYSQL_TYPE_TIMESTAMP: return {ColumnKind::datetime, field.decimals};
  case MYSQL_TYPE_BIT:
  case MYSQL_TYPE_GEOMETRY: return {ColumnKind::bytes};
  case MYSQL_TYPE_JSON: return {ColumnKind::text};
  default:
    return {field.charsetnr == binary_charset && field.type != MYSQL_TYPE_NULL ? ColumnKind::bytes : ColumnKind::text};
  }
}

Value integer_value(std::int64_t number, ColumnKind kind) {
  if (kind == ColumnKind::boolean && (number == 0 || number == 1)) return number == 1;
  return number;
}

Value unsigned_value(std::uint64_t number) {
  if (number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
    return Decimal{fmt::format("{}", number)};
  return static_cast<std::int64_t>(number);
}

/// A value of the text protocol.
Value text_value(std::string_view text, Column column) {
  switch (column.kind) {
  case ColumnKind::integer:
  case ColumnKind::boolean: {
    std::int64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return integer_value(number, column.kind);
  }
  case ColumnKind::unsigned_integer: {
    std::uint64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return unsigned_value(number);
  }
  case ColumnKind::single_float:
  case ColumnKind::double_float: {
    double number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
  }
  case ColumnKind::decimal: return Decimal{std::string{text}};
  case ColumnKind::bytes: return Bytes{std::string{text}};
  default: return std::string{text};
  }
}

std::string fraction(unsigned long microseconds, unsigned decimals) {
  if (decimals == 0) return {};
  auto const digits = fmt::format("{:06}", microseconds);
  if (decimals <= 6) return "." + digits.substr(0, decimals);
  return microseconds == 0 ? std::string{} : "." + digits; // an expression without a fixed number of digits
}

std::string time_text(MYSQL_TIME const& time, Column column) {
  auto const date = [&] { return fmt::format("{:04}-{:02}-{:02}", time.year, time.month, time.day); };
  if (column.kind == ColumnKind::date) return date();
  if (column.kind == ColumnKind::datetime)
    return fmt::format("{} {:02}:{:02}:{:02}{}", date(), time.hour, time.minute, time.second,
                       fraction(time.second_part, column.decimals));
  return fmt::format("{}{:02}:{:02}:{:02}{}", time.neg ? "-" : "", time.day * 24 + time.hour, time.minute, time.second,
                     fraction(time.second_part, column.decimals));
}

class Statement {
 public:
  Statement(Driver const& driver, MYSQL_STMT* handle) : driver_{&driver}, handle_{handle} {}
  Statement(Statement&& other) noexcept : driver_{other.driver_}, handle_{std::exchange(other.handle_, nullptr)} {}
  Statement& operator=(Statement&&) = delete;
  Statement(Statement const&) = delete;
  Statement& operator=(Statement const&) = delete;
  ~Statement() { close(); }

  MYSQL_STMT* get() const { return handle_; }
  void close() {
    if (handle_ != nullptr) driver_->stmt_close(std::exchange(handle_, nullptr));
  }

 private:
  Driver const* driver_;
  MYSQL_STMT* handle_;
};

class Result {
 public:
  Result(Driver const& driver, MYSQL_RES* handle) : driver_{&driver}, handle_{handle} {}
  Result(Result&& other) noexcept : driver_{other.driver_}, handle_{std::exchange(other.handle_, nullptr)} {}
  Result& operator=(Result&&) = delete;
  Result(Result const&) = delete;
  Result& operator=(Result const&) = delete;
  ~Result() {
    if (handle_ != nullptr) driver_->free_result(handle_);
  }
  MYSQL_RES* get() const { return handle_; }

 private:
  Driver const* driver_;
  MYSQL_RES* handle_;
};

/// The parameters of one run in the form the client library takes.
class Binds {
 public:
  explicit Binds(std::span<Value const> values)
      : binds_(values.size()),
        lengths_(values.size()),
        numbers_(values.size()) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      std::memset(&binds_[i], 0, sizeof(MYSQL_BIND));
      std::visit(Writer{*this, i}, values[i]);
    }
  }
  Binds(Binds const&) = delete;
  Binds& operator=(Binds const&) = delete;
  ~Binds() = default;

  MYSQL_BIND* data() { return binds_.data(); }
  std::size_t size() const { return binds_.size(); }

 private:
  union Number {
    std::int64_t integer;
    double real;
    signed char boolean;
  };

  struct Writer {
    Binds& owner;
    std::size_t index;

    MYSQL_BIND& bind() const { return owner.binds_[index]; }
    void bytes(std::string const& data, enum_field_types type) const {
      owner.lengths_[index] = data.size();
      bind().buffer_type = type;
      bind().buffer = const_cast<char*>(data.data());
      bind().buffer_length = data.size();
      bind().length = &owner.lengths_[index];
    }
    void operator()(Null) const { bind().buffer_type = MYSQL_TYPE_NULL; }
    void operator()(bool value) const {
      owner.numbers_[index].boolean = value ? 1 : 0;
      bind().buffer_type = MYSQL_TYPE_TINY;
      bind().buffer = &owner.numbers_[index].boolean;
    }
    void operator()(std::int64_t value) const {
      owner.numbers_[index].integer = value;
      bind().buffer_type = MYSQL_TYPE_LONGLONG;
      bind().buffer = &owner.numbers_[index].integer;
    }
    void operator()(double value) const {
      owner.numbers_[index].real = value;
      bind().buffer_type = MYSQL_TYPE_DOUBLE;
      bind().buffer = &owner.numbers_[index].real;
    }
    /// A string that is no text can only be the bytes of a binary column.
    void operator()(std::string const& value) const {
      bytes(value, is_utf8(value) ? MYSQL_TYPE_STRING : MYSQL_TYPE_LONG_BLOB);
    }
    void operator()(Decimal const& value) const { bytes(value.text, MYSQL_TYPE_NEWDECIMAL); }
    void operator()(Bytes const& value) const { bytes(value.data, MYSQL_TYPE_LONG_BLOB); }
    void operator()(Array const&) const {
      throw UsageError{fmt::format("parameter {} is an array, which MariaDB and MySQL do not have", index + 1),
                       Hint{"store the elements in rows of their own, or as JSON text"}};
    }
  };

  std::vector<MYSQL_BIND> binds_;
  std::vector<unsigned long> lengths_;
  std::vector<Number> numbers_;
};

class MysqlSession final : public db::Session {
 public:
  MysqlSession(DatabaseUrl const& url, db::ConnectOptions const& options);
  MysqlSession(MysqlSession const&) = delete;
  MysqlSession& operator=(MysqlSession const&) = delete;
  ~MysqlSession() override { kept_.clear(); }

  db::ServerInfo const& server() const override { return server_; }
  std::string connection_id() const override { return std::to_string(driver_.thread_id(handle_)); }
  std::int64_t execute(std::string_view statement) override;
  std::int64_t execute(std::string_view statement, std::span<Value const> parameters) override;
  std::unique_ptr<db::Cursor> query(std::string_view statement, std::span<Value const> parameters) override;
  std::int64_t copy_in(std::string_view statement, std::string_view data) override;
  std::size_t read_cells(std::string_view statement, Cells& cells) override;
  bool in_transaction() const override { return (handle_->server_status & SERVER_STATUS_IN_TRANS) != 0; }
  bool is_alive() const override { return alive_; }
  bool try_mark(std::string_view name) override {
    // A named lock is the server's, not a database's, and has at most 64 characters.
    Value const mark = std::string{name};
    return scalar("SELECT GET_LOCK(CONCAT('vm:works:', MD5(CONCAT(COALESCE(DATABASE(), ''), ':', ?))), 0)",
                  {&mark, 1}) == Value{std::int64_t{1}};
  }
  void set_lock_timeout(std::optional<double> seconds) override { execute(lock_timeout_statement(seconds)); }
  void set_statement_timeout(std::optional<double> seconds) override {
    statement_timeout_ = seconds;
    execute(statement_timeout_statement(seconds));
  }
  void cancel() noexcept override;
  void set_notice_handler(db::NoticeHandler const& handler) override { notice_handler_ = handler; }

  // For the cursors.
  Driver const& driver() const { return driver_; }
  struct Running {
    explicit Running(MysqlSession& owner) : session{owner} { session.running_ = true; }
    Running(Running const&) = delete;
    Running& operator=(Running const&) = delete;
    ~Running() { session.running_ = false; }
    MysqlSession& session;
  };
  Failure failure() const {
    return {driver_.error_number(handle_), driver_.sqlstate(handle_), driver_.error_text(handle_)};
  }
  Failure failure(MYSQL_STMT* statement) const {
    return {driver_.stmt_errno(statement), driver_.stmt_sqlstate(statement), driver_.stmt_error(statement)};
  }
  [[noreturn]] void fail(Failure const& failure, std::string_view statement);

 protected:
  std::unique_ptr<db::Cursor> query_buffered(std::string_view statement, std::span<Value const> parameters) override;

 private:
  struct Kept {
    std::string text;
    Statement statement;
  };

  bool is_mariadb() const { return server_.product == "MariaDB"; }
  std::string lock_timeout_statement(std::optional<double> seconds) const;
  std::string statement_timeout_statement(std::optional<double> seconds) const;
  void send(std::string_view statement);
  void drop_results(std::string_view statement);
  Statement prepare(std::string_view text);
  void run(MYSQL_STMT* statement, std::span<Value const> parameters, std::string_view text);
  std::unique_ptr<db::Cursor> query_prepared(std::string_view statement, std::span<Value const> parameters,
                                             bool stream);
  std::unique_ptr<db::Cursor> query_text(std::string_view statement);
  void report_warnings();

  Driver driver_;
  std::string connect_string_;
  std::unique_ptr<soci::details::session_backend> owner_;
  MYSQL* handle_ = nullptr;
  db::ServerInfo server_;
  db::NoticeHandler notice_handler_;
  std::optional<double> statement_timeout_;
  std::list<Kept> kept_; ///< most recently used first
  bool alive_ = true;
  std::atomic<bool> running_ = false;
};

/// Rows of the text protocol, held in memory.
class TextCursor final : public db::Cursor {
 public:
  TextCursor(MysqlSession& session, std::optional<Result> result, std::int64_t affected)
      : session_{session},
        result_{std::move(result)},
        affected_{affected} {
    if (!result_) return;
    auto const& driver = session_.driver();
    auto const count = driver.num_fields(result_->get());
    auto const* const fields = driver.fetch_fields(result_->get());
    for (unsigned i = 0; i < count; ++i) {
      names_.emplace_back(fields[i].name, fields[i].name_length);
      columns_.push_back(column_of(fields[i]));
    }
  }

  std::vector<std::string> const& columns() const override { return names_; }
  std::int64_t rows_affected() const override { return affected_; }

  bool next(std::vector<Value>& row) override {
    if (!result_) return false;
    auto const& driver = session_.driver();
    MYSQL_ROW data = driver.fetch_row(result_->get());
    if (data == nullptr) return false;
    unsigned long const* const lengths = driver.fetch_lengths(result_->get());
    row.resize(names_.size());
    for (std::size_t i = 0; i < names_.size(); ++i) {
      if (data[i] == nullptr)
        row[i] = Null{};
      else
        row[i] = text_value({data[i], lengths[i]}, columns_[i]);
    }
    return true;
  }

 private:
  MysqlSession& session_;
  std::optional<Result> result_;
  std::int64_t affected_;
  std::vector<std::string> names_;
  std::vector<Column> columns_;
};

/// Rows of a prepared statement, from the server's cursor where it made one.
class PreparedCursor final : public db::Cursor {
 public:
  PreparedCursor(MysqlSession& session, Statement statement, std::string text)
      : session_{session},
        statement_{std::move(statement)},
        text_{std::move(text)} {
    auto const& driver = session_.driver();
    affected_ = static_cast<std::int64_t>(driver.stmt_affected_rows(statement_.get()));
    Result const metadata{driver, driver.stmt_result_metadata(statement_.get())};
    if (metadata.get() == nullptr) {
      statement_.close();
      return;
    }
    affected_ = 0;
    auto const count = driver.num_fields(metadata.get());
    auto const* const fields = driver.fetch_fields(metadata.get());
    cells_.resize(count);
    binds_.resize(count);
    for (unsigned i = 0; i < count; ++i) {
      names_.emplace_back(fields[i].name, fields[i].name_length);
      bind(i, fields[i]);
    }
    if (driver.stmt_bind_result(statement_.get(), binds_.data()) != 0)
      session_.fail(session_.failure(statement_.get()), text_);
    // Without a cursor on the server its rows stand in the way of the next statement.
    if (!has_cursor() && driver.stmt_store_result(statement_.get()) != 0)
      session_.fail(session_.failure(statement_.get()), text_);
  }

  std::vector<std::string> const& columns() const override { return names_; }
  std::int64_t rows_affected() const override { return affected_; }

  bool next(std::vector<Value>& row) override {
    if (!fetch()) return false;
    row.resize(names_.size());
    bool grown = false;
    for (std::size_t i = 0; i < names_.size(); ++i) row[i] = read(i, grown);
    if (grown) bind_again();
    return true;
  }

  bool visit_next(RowVisitor& visitor) override {
    if (!fetch()) return false;
    bool grown = false;
    for (std::size_t i = 0; i < names_.size(); ++i) visit(i, grown, visitor);
    if (grown) bind_again();
    return true;
  }

 private:
  void bind_again() {
    if (session_.driver().stmt_bind_result(statement_.get(), binds_.data()) != 0)
      session_.fail(session_.failure(statement_.get()), text_);
  }

  bool fetch() {
    if (statement_.get() == nullptr) return false;
    auto const& driver = session_.driver();
    int code = 0;
    {
      MysqlSession::Running const running{session_};
      code = driver.stmt_fetch(statement_.get());
    }
    if (code == 1) session_.fail(session_.failure(statement_.get()), text_);
    if (code == MYSQL_NO_DATA) {
      statement_.close();
      return false;
    }
    return true;
  }

  struct Cell {
    Column column;
    union {
      std::int64_t integer;
      double real;
      float single;
    };
    MYSQL_TIME time;
    std::string buffer;
    unsigned long length = 0;
    my_bool null = 0;
    my_bool error = 0;
  };

  bool has_cursor() const { return statement_.get()->cursor_exists != 0; }

  void bind(std::size_t index, MYSQL_FIELD const& field) {
    auto& cell = cells_[index];
    auto& target = binds_[index];
    std::memset(&target, 0, sizeof target);
    cell.column = column_of(field);
    target.is_null = &cell.null;
    target.error = &cell.error;
    target.length = &cell.length;
    switch (cell.column.kind) {
    case ColumnKind::integer:
    case ColumnKind::boolean:
    case ColumnKind::unsigned_integer:
      target.buffer_type = MYSQL_TYPE_LONGLONG;
      target.buffer = &cell.integer;
      target.is_unsigned = (field.flags & UNSIGNED_FLAG) != 0;
      break;
    case ColumnKind::single_float:
      target.buffer_type = MYSQL_TYPE_FLOAT;
      target.buffer = &cell.single;
      break;
    case ColumnKind::double_float:
      target.buffer_type = MYSQL_TYPE_DOUBLE;
      target.buffer = &cell.real;
      break;
    case ColumnKind::date:
    case ColumnKind::time:
    case ColumnKind::datetime:
      target.buffer_type = cell.column.kind == ColumnKind::time ? MYSQL_TYPE_TIME : MYSQL_TYPE_DATETIME;
      target.buffer = &cell.time;
      target.buffer_length = sizeof cell.time;
      break;
    default:
      cell.buffer.resize(first_buffer);
      target.buffer_type = cell.column.kind == ColumnKind::bytes ? MYSQL_TYPE_LONG_BLOB : MYSQL_TYPE_STRING;
      set_buffer(index);
    }
  }

  void set_buffer(std::size_t index) {
    binds_[index].buffer = cells_[index].buffer.data();
    binds_[index].buffer_length = cells_[index].buffer.size();
  }

  void visit(std::size_t index, bool& grown, RowVisitor& to) {
    auto const& cell = cells_[index];
    if (cell.null) return to.null();
    switch (cell.column.kind) {
    case ColumnKind::integer: return to.integer(cell.integer);
    case ColumnKind::double_float: return to.number(cell.real);
    case ColumnKind::text:
      if (cell.length <= cell.buffer.size()) return to.text({cell.buffer.data(), cell.length});
      [[fallthrough]];
    default: return visit_value(read(index, grown), to);
    }
  }

  Value read(std::size_t index, bool& grown) {
    auto& cell = cells_[index];
    if (cell.null) return Null{};
    switch (cell.column.kind) {
    case ColumnKind::integer:
    case ColumnKind::boolean: return integer_value(cell.integer, cell.column.kind);
    case ColumnKind::unsigned_integer: return unsigned_value(static_cast<std::uint64_t>(cell.integer));
    case ColumnKind::single_float: {
      // The nearest decimal is what the server prints; the float's own expansion has digits nobody wrote.
      auto const text = fmt::format("{}", cell.single);
      double number = 0;
      std::from_chars(text.data(), text.data() + text.size(), number);
      return number;
    }
    case ColumnKind::double_float: return cell.real;
    case ColumnKind::date:
    case ColumnKind::time:
    case ColumnKind::datetime: return time_text(cell.time, cell.column);
    default: break;
    }
    if (cell.length > cell.buffer.size()) {
      cell.buffer.resize(cell.length);
      set_buffer(index);
      grown = true;
      if (session_.driver().stmt_fetch_column(statement_.get(), &binds_[index], static_cast<unsigned>(index), 0) != 0)
        session_.fail(session_.failure(statement_.get()), text_);
    }
    auto text = cell.buffer.substr(0, cell.length);
    if (cell.column.kind == ColumnKind::bytes) return Bytes{std::move(text)};
    if (cell.column.kind == ColumnKind::decimal) return Decimal{std::move(text)};
    return text;
  }

  MysqlSession& session_;
  Statement statement_;
  std::string text_;
  std::int64_t affected_ = 0;
  std::vector<std::string> names_;
  std::vector<Cell> cells_;
  std::vector<MYSQL_BIND> binds_;
};

std::string quoted_value(std::string_view value) {
  std::string quoted = "'";
  for (char const c : value) {
    if (c == '\'' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "'";
}

std::string connect_string(DatabaseUrl const& url) {
  std::string text = "charset='utf8mb4'";
  auto const add = [&](std::string_view key, std::string_view value) {
    if (value.find('\0') != std::string_view::npos)
      throw ConfigError{fmt::format("the URL's '{}' holds a zero byte", key)};
    text += fmt::format(" {}={}", key, quoted_value(value));
  };
  bool has_timeout = false;
  bool has_socket = false;
  for (auto const& [key, value] : url.parameters) {
    if (key == "connect_timeout" || key == "read_timeout" || key == "write_timeout") {
      if (value.empty() || value.size() > 6 || value.find_first_not_of("0123456789") != std::string::npos ||
          value == "0")
        throw ConfigError{
            fmt::format("the URL parameter '{}' is '{}', expected a whole number of seconds", key, value)};
      has_timeout |= key == "connect_timeout";
      add(key, value);
    } else if (key == "unix_socket") {
      has_socket = true;
      add(key, value);
    } else if (key == "ssl_ca" || key == "ssl_cert" || key == "ssl_key") {
      add(fmt::format("ssl{}", key.substr(4)), value);
    } else if (key == "sslca" || key == "sslcert" || key == "sslkey") {
      add(key, value);
    } else if (key == "local_infile") {
      if (value != "0" && value != "1")
        throw ConfigError{fmt::format("the URL parameter 'local_infile' is '{}', expected 0 or 1", value)};
      add(key, value);
    } else if (key != "charset") {
      std::vector<std::string> const known{"unix_socket", "connect_timeout", "read_timeout", "write_timeout", "ssl_ca",
                                           "ssl_cert",    "ssl_key",         "local_infile", "charset"};
      Hint hint{fmt::format("MariaDB and MySQL URLs take {}", quoted_list(known))};
      if (auto const near = nearest_name(key, known)) hint.text = fmt::format("did you mean '{}'?", *near);
      throw ConfigError{fmt::format("the URL has an unknown parameter '{}'", key), hint};
    }
  }
  if (!has_timeout) add("connect_timeout", "10");
  if (!url.user.empty()) add("user", url.user);
  if (url.password) add("password", *url.password);
  if (!url.database.empty()) add("db", url.database);
  if (!url.host.empty()) add("host", url.host == "localhost" && url.port && !has_socket ? "127.0.0.1" : url.host);
  if (url.port) add("port", std::to_string(*url.port));
  return text;
}

std::string endpoint(DatabaseUrl const& url) {
  std::string text;
  if (!url.user.empty()) text = url.user + "@";
  text += url.host.empty() ? "local socket" : url.host;
  if (!url.host.empty() || url.port) text += fmt::format(":{}", url.port.value_or(3306));
  if (!url.database.empty()) text += "/" + url.database;
  return text;
}

/// What the client library or the server said, in plain words.
[[noreturn]] void fail_connect(DatabaseUrl const& url, unsigned number, std::string_view message,
                               std::chrono::steady_clock::duration waited) {
  auto const says = [message](std::string_view text) { return message.find(text) != std::string_view::npos; };
  std::string cause;
  std::string hint;
  bool is_full = false;
  switch (number) {
  case 1045:
  case 1698:
    cause = fmt::format("wrong password, or no user '{}'", url.user);
    if (!url.password) hint = "the URL has no password";
    break;
  case 1044: cause = fmt::format("the user '{}' may not use the database '{}'", url.user, url.database); break;
  case 1049:
    cause = fmt::format("there is no database '{}'", url.database);
    hint = fmt::format("create it: CREATE DATABASE `{}`", url.database);
    break;
  case 1040:
  case 1203:
  case 1226: // a limit of the user's own; those by the hour do not pass by waiting
    is_full = number != 1226 || says("max_user_connections");
    cause = is_full ? std::string{"the server has no free connection"} : mask_secrets(message);
    break;
  case 1130: cause = "the server does not accept this host"; break;
  case 2005: cause = fmt::format("unknown host '{}'", url.host); break;
  case 2002:
  case 2003:
    if (says("(110") || says("(115")) { // the client library gives 115 for a refusal and for silence
      auto const given = url.parameters.find("connect_timeout");
      std::string const limit = given == url.parameters.end() ? "10" : given->second;
      if (waited >= std::chrono::milliseconds{900 * std::stoi(limit)}) {
        cause = fmt::format("no answer within {} s", limit);
        break;
      }
    }
    if (says("(111") || says("(115") || says("Connection refused")) {
      cause = "connection refused";
      hint = "is the server running, and is this its port?";
    } else if (says("(-2") || says("(-3") || says("(-5") || says("Unknown server host")) {
      cause = fmt::format("unknown host '{}'", url.host);
    } else if (says("socket")) {
      cause = "no server listens on the local socket";
      hint = "is the server running?";
    } else {
      cause = mask_secrets(message);
    }
    break;
  default: cause = mask_secrets(message);
  }
  ConnectError error{fmt::format("cannot connect to '{}': {}", endpoint(url), cause)};
  error.is_full = is_full;
  if (!hint.empty()) error.add_hint(Hint{hint});
  throw error;
}

db::ServerInfo server_of(std::string_view text) {
  db::ServerInfo server;
  server.product = text.find("MariaDB") != std::string_view::npos ? "MariaDB" : "MySQL";
  std::array<int, 3> parts{};
  auto const* at = text.data();
  auto const* const end = text.data() + text.size();
  for (auto& part : parts) {
    auto const [next, error] = std::from_chars(at, end, part);
    if (error != std::errc{}) break;
    at = next;
    if (at == end || *at != '.') break;
    ++at;
  }
  server.version = fmt::format("{}.{}.{}", parts[0], parts[1], parts[2]);
  server.number = parts[0] * 10000 + parts[1] * 100 + parts[2];
  return server;
}

MysqlSession::MysqlSession(DatabaseUrl const& url, db::ConnectOptions const& options)
    : connect_string_{connect_string(url)} {
  auto const begin = std::chrono::steady_clock::now();
  auto const waited = [begin] { return std::chrono::steady_clock::now() - begin; };
  try {
    owner_ = driver_.library.connect(connect_string_);
  } catch (soci::mysql_soci_error const& error) {
    fail_connect(url, static_cast<unsigned>(error.err_num_), error.what(), waited());
  } catch (soci::soci_error const& error) {
    fail_connect(url, 0, error.what(), waited());
  }
  handle_ = static_cast<soci::mysql_session_backend*>(owner_.get())->conn_;
  server_ = server_of(driver_.get_server_info(handle_));
  statement_timeout_ = options.statement_timeout;
  if (options.lock_timeout) execute(lock_timeout_statement(options.lock_timeout));
  if (options.statement_timeout) execute(statement_timeout_statement(options.statement_timeout));
  if (options.read_only) execute("SET SESSION TRANSACTION READ ONLY");
}

std::string MysqlSession::lock_timeout_statement(std::optional<double> seconds) const {
  // Whole seconds only; MySQL knows no "do not wait".
  auto const value =
      seconds ? fmt::format("{}", std::max(1.0, std::ceil(std::clamp(*seconds, 0.0, 31536000.0)))) : "DEFAULT";
  return fmt::format("SET SESSION lock_wait_timeout = {0}, SESSION innodb_lock_wait_timeout = {0}", value);
}

std::string MysqlSession::statement_timeout_statement(std::optional<double> seconds) const {
  if (is_mariadb())
    return fmt::format("SET SESSION max_statement_time = {}",
                       seconds ? fmt::format("{:.6f}", std::clamp(*seconds, 0.000001, 31536000.0)) : "DEFAULT");
  // MySQL limits SELECT only.
  return fmt::format("SET SESSION max_execution_time = {}",
                     seconds ? fmt::format("{:.0f}", std::clamp(std::ceil(*seconds * 1000), 1.0, 4e9)) : "DEFAULT");
}

void MysqlSession::cancel() noexcept {
  if (!running_) return;
  try {
    auto const helper = driver_.library.connect(connect_string_);
    auto* const connection = static_cast<soci::mysql_session_backend*>(helper.get())->conn_;
    auto const text = fmt::format("KILL QUERY {}", driver_.thread_id(handle_));
    if (running_) driver_.real_query(connection, text.data(), text.size());
  } catch (std::exception const&) {
    // The statement runs on; whoever asked sees that it does.
  }
}

void MysqlSession::fail(Failure const& failure, std::string_view statement) {
  auto const near = near_text(failure.message);
  auto kind = kind_of(failure);
  std::string message = plain_message(failure, near);
  std::string detail;
  std::optional<Hint> hint;
  if (kind == DatabaseErrorKind::connection_lost) {
    alive_ = false;
    detail = failure.message;
    message = "the connection to the server was lost";
  } else if (failure.number == 1969 || failure.number == 3024) {
    message =
        fmt::format("the statement took longer than the statement timeout of {} s", statement_timeout_.value_or(0));
    hint = Hint{"raise 'statement_timeout' or make the statement smaller"};
  } else if (kind == DatabaseErrorKind::interrupted) {
    message = "the statement was interrupted";
  } else if (kind == DatabaseErrorKind::lock_timeout) {
    message = "the statement did not get a lock in time";
    detail = failure.message;
    hint = Hint{"another session holds it; see SHOW PROCESSLIST"};
  }
  DatabaseError error{message};
  if (hint) error.add_hint(*hint);
  error.kind = kind;
  error.code = std::to_string(failure.number);
  error.detail = detail;
  error.statement = statement;
  if (near) error.position = position_of(*near, statement);
  throw error;
}

void MysqlSession::send(std::string_view statement) {
  if (driver_.real_query(handle_, statement.data(), statement.size()) != 0) fail(failure(), statement);
}

/// Reads and drops what the statement still has to say; a CALL says several things.
void MysqlSession::drop_results(std::string_view statement) {
  while (driver_.more_results(handle_)) {
    if (driver_.next_result(handle_) > 0) fail(failure(), statement);
    Result const result{driver_, driver_.use_result(handle_)};
    if (result.get() == nullptr) continue;
    while (driver_.fetch_row(result.get()) != nullptr) {
    }
    if (driver_.error_number(handle_) != 0) fail(failure(), statement);
  }
}

std::int64_t MysqlSession::execute(std::string_view statement) {
  std::int64_t affected = 0;
  {
    Running const running{*this};
    send(statement);
    if (driver_.field_count(handle_) == 0) {
      affected = static_cast<std::int64_t>(driver_.affected_rows(handle_));
    } else {
      Result const result{driver_, driver_.use_result(handle_)};
      if (result.get() == nullptr) fail(failure(), statement);
      while (driver_.fetch_row(result.get()) != nullptr) ++affected;
      if (driver_.error_number(handle_) != 0) fail(failure(), statement);
    }
    drop_results(statement);
  }
  report_warnings();
  return affected;
}

Statement MysqlSession::prepare(std::string_view text) {
  Statement statement{driver_, driver_.stmt_init(handle_)};
  if (statement.get() == nullptr) fail(failure(), text);
  Running const running{*this};
  if (driver_.stmt_prepare(statement.get(), text.data(), text.size()) != 0) fail(failure(statement.get()), text);
  return statement;
}

void MysqlSession::run(MYSQL_STMT* statement, std::span<Value const> parameters, std::string_view text) {
  if (driver_.stmt_param_count(statement) != parameters.size()) {
    DatabaseError error{fmt::format("the statement has {} parameters, {} were given",
                                    driver_.stmt_param_count(statement), parameters.size())};
    error.kind = DatabaseErrorKind::syntax;
    error.statement = text;
    throw error;
  }
  Binds binds{parameters};
  if (binds.size() != 0 && driver_.stmt_bind_param(statement, binds.data()) != 0) fail(failure(statement), text);
  Running const running{*this};
  if (driver_.stmt_execute(statement) != 0) fail(failure(statement), text);
}

std::int64_t MysqlSession::execute(std::string_view text, std::span<Value const> parameters) {
  auto const found = std::find_if(kept_.begin(), kept_.end(), [&](Kept const& kept) { return kept.text == text; });
  if (found == kept_.end()) {
    kept_.push_front({std::string{text}, prepare(text)});
    if (kept_.size() > kept_statements) kept_.pop_back();
  } else {
    kept_.splice(kept_.begin(), kept_, found);
  }
  auto* const statement = kept_.front().statement.get();
  std::int64_t affected = 0;
  try {
    run(statement, parameters, text);
    affected =
        driver_.stmt_field_count(statement) == 0 ? static_cast<std::int64_t>(driver_.stmt_affected_rows(statement)) : 0;
    if (driver_.stmt_field_count(statement) != 0) driver_.stmt_free_result(statement);
    while (driver_.stmt_more_results(statement)) {
      if (driver_.stmt_next_result(statement) > 0) fail(failure(statement), text);
      driver_.stmt_free_result(statement);
    }
  } catch (Error const&) {
    kept_.pop_front();
    throw;
  }
  report_warnings();
  return affected;
}

std::unique_ptr<db::Cursor> MysqlSession::query_text(std::string_view statement) {
  std::optional<Result> result;
  std::int64_t affected = 0;
  {
    Running const running{*this};
    send(statement);
    if (driver_.field_count(handle_) == 0) {
      affected = static_cast<std::int64_t>(driver_.affected_rows(handle_));
    } else {
      result.emplace(driver_, driver_.store_result(handle_));
      if (result->get() == nullptr) fail(failure(), statement);
    }
    drop_results(statement);
  }
  report_warnings();
  return std::make_unique<TextCursor>(*this, std::move(result), affected);
}

std::unique_ptr<db::Cursor> MysqlSession::query_prepared(std::string_view text, std::span<Value const> parameters,
                                                         bool stream) {
  auto statement = prepare(text);
  if (stream) {
    unsigned long const type = CURSOR_TYPE_READ_ONLY;
    unsigned long const rows = prefetched_rows;
    driver_.stmt_attr_set(statement.get(), STMT_ATTR_CURSOR_TYPE, &type);
    driver_.stmt_attr_set(statement.get(), STMT_ATTR_PREFETCH_ROWS, &rows);
  }
  run(statement.get(), parameters, text);
  return std::make_unique<PreparedCursor>(*this, std::move(statement), std::string{text});
}

std::unique_ptr<db::Cursor> MysqlSession::query_buffered(std::string_view statement,
                                                         std::span<Value const> parameters) {
  return parameters.empty() ? query_text(statement) : query_prepared(statement, parameters, false);
}

std::unique_ptr<db::Cursor> MysqlSession::query(std::string_view statement, std::span<Value const> parameters) {
  sql::Lexer lexer{statement, lexical_rules};
  auto first = lexer.next_significant();
  while (first.is('(')) first = lexer.next_significant();
  bool const is_select = first.is("SELECT") || first.is("WITH") || first.is("VALUES") || first.is("TABLE");
  if (!is_select) return query_buffered(statement, parameters);
  return query_prepared(statement, parameters, true);
}

std::size_t MysqlSession::read_cells(std::string_view statement, Cells& cells) {
  Running const running{*this};
  send(statement);
  Result const result{driver_, driver_.store_result(handle_)};
  if (result.get() == nullptr) fail(failure(), statement);
  drop_results(statement);
  auto const width = driver_.num_fields(result.get());
  auto const* const fields = driver_.fetch_fields(result.get());
  std::vector<Column> columns;
  for (unsigned i = 0; i < width; ++i) columns.push_back(column_of(fields[i]));
  std::size_t rows = 0;
  while (MYSQL_ROW const row = driver_.fetch_row(result.get())) {
    ++rows;
    unsigned long const* const lengths = driver_.fetch_lengths(result.get());
    for (unsigned i = 0; i < width; ++i) {
      if (row[i] == nullptr) {
        cells.add_null();
        continue;
      }
      std::string_view const text{row[i], lengths[i]};
      if (columns[i].kind == ColumnKind::text)
        cells.add_text(text);
      else
        cells.add(text_value(text, columns[i]));
    }
  }
  return rows;
}

std::int64_t MysqlSession::copy_in(std::string_view statement, std::string_view) {
  DatabaseError error{fmt::format("{} has no COPY … FROM stdin", server_.product), Hint{"use op.bulk_insert"}};
  error.kind = DatabaseErrorKind::syntax;
  error.statement = statement;
  throw error;
}

void MysqlSession::report_warnings() {
  if (!notice_handler_ || driver_.warning_count(handle_) == 0) return;
  constexpr std::string_view ask = "SHOW WARNINGS";
  if (driver_.real_query(handle_, ask.data(), ask.size()) != 0) return;
  Result const result{driver_, driver_.store_result(handle_)};
  if (result.get() == nullptr) return;
  while (MYSQL_ROW row = driver_.fetch_row(result.get()))
    notice_handler_({row[0] ? row[0] : "", row[1] ? row[1] : "", row[2] ? row[2] : ""});
}

} // namespace

std::unique_ptr<db::Session> connect(DatabaseUrl const& url, db::ConnectOptions const& options) {
  return std::make_unique<MysqlSession>(url, options);
}

} // namespace vm::dialect::mysql

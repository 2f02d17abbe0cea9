#include "engine/dialect/postgresql/bulk.hpp"

#include "engine/dialect/postgresql/values.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <variant>

namespace vm::dialect::postgresql {

namespace {

constexpr std::size_t most_columns = 62; ///< one bit each in a bigint

/// What COPY's text form escapes.
constexpr auto escapes = [] {
  std::array<char, 256> table{};
  table['\\'] = '\\';
  table['\n'] = 'n';
  table['\r'] = 'r';
  table['\t'] = 't';
  return table;
}();

void append_escaped(std::string& out, std::string_view text) {
  std::size_t copied = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto const byte = static_cast<unsigned char>(text[i]);
    if (byte > '\\') continue;
    if (byte == 0) {
      DatabaseError error{"a text holds a zero byte, which PostgreSQL does not allow",
                          Hint{"give sql.bytes to a bytea column"}};
      error.code = "22021";
      throw error;
    }
    if (escapes[byte] == 0) continue;
    out.append(text, copied, i - copied);
    out += '\\';
    out += escapes[byte];
    copied = i + 1;
  }
  out.append(text, copied, text.size() - copied);
}

void append_bytes(std::string& out, std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  out += "\\\\x";
  for (char const c : bytes) {
    auto const byte = static_cast<unsigned char>(c);
    out += digits[byte >> 4];
    out += digits[byte & 15u];
  }
}

void append_cell(std::string& out, Cells const& cells, Cell const& cell) {
  switch (cell.kind) {
  case CellKind::boolean: out += cell.integer != 0 ? 't' : 'f'; return;
  case CellKind::integer: {
    std::array<char, 24> digits{};
    auto const end = std::to_chars(digits.data(), digits.data() + digits.size(), cell.integer).ptr;
    out.append(digits.data(), end);
    return;
  }
  case CellKind::text:
  case CellKind::decimal: append_escaped(out, cells.text(cell)); return;
  case CellKind::bytes: append_bytes(out, cells.text(cell)); return;
  case CellKind::real:
  case CellKind::other: append_escaped(out, write_parameter(cells.value(cell))); return;
  case CellKind::null:
  case CellKind::absent:
  case CellKind::row: out += "\\N"; return;
  }
}

class Writer final : public db::ChangeWriter {
 public:
  Writer(db::Session& session, sql::Dialect const& dialect, db::BulkTable const& table)
      : session_{session},
        dialect_{dialect},
        table_{table} {
    for (auto const& key : table_.keys) {
      if (!keys_.empty()) keys_ += ", ";
      keys_ += key;
      if (!join_.empty()) join_ += " AND ";
      join_ += fmt::format("t.{0} = u.{0}", key);
    }
  }

  void begin() override {
    staged_ = 0;
    has_absent_ = false;
  }

  void stage(Cells const& rows, std::size_t width, op::Changes const& changes) override {
    if (changes.row_count == 0) return;
    if (staged_ == 0 && has_table_) session_.execute(fmt::format("TRUNCATE {}", name()));
    if (!has_table_ || changes.columns.size() > columns_.size()) make_table(changes.columns);
    data_.clear();
    db::each_change(changes, [&](std::size_t row, std::size_t first, std::size_t count) {
      auto const* cells = &rows[row * width];
      std::uint64_t absent = 0;
      for (std::size_t i = 0; i < table_.keys.size(); ++i) {
        append_cell(data_, rows, cells[i]);
        data_ += '\t';
      }
      append_cell(data_, rows, cells[width - 1]);
      for (std::size_t i = 0; i < columns_.size(); ++i) {
        data_ += '\t';
        if (i >= count || changes.cells[first + i].kind == CellKind::absent) {
          absent |= std::uint64_t{1} << i;
          data_ += "\\N";
        } else if (holds_bytes_[i] && changes.cells[first + i].kind == CellKind::text) {
          append_bytes(data_, changes.cells.text(changes.cells[first + i])); // a string of Lua may be either
        } else {
          append_cell(data_, changes.cells, changes.cells[first + i]);
        }
      }
      if (absent != 0) has_absent_ = true;
      data_ += fmt::format("\t{}\n", absent);
    });
    staged_ += session_.copy_in(copy_, data_);
  }

  db::Written finish(db::RangeText const& range) override {
    db::Written written;
    if (staged_ == 0) return written;
    std::string set, differs;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      auto const column = dialect_.quote(columns_[i]);
      auto const is_absent = fmt::format("u.vm_absent & {} <> 0", std::uint64_t{1} << i);
      if (i > 0) {
        set += ", ";
        differs += " OR ";
      }
      if (has_absent_) {
        set += fmt::format("{0} = CASE WHEN {1} THEN t.{0} ELSE u.{0} END", column, is_absent);
        differs += fmt::format("(NOT ({}) AND {})", is_absent, difference(columns_[i], column));
      } else {
        set += fmt::format("{0} = u.{0}", column);
        differs += difference(columns_[i], column);
      }
    }
    written.rows =
        session_.execute(fmt::format("UPDATE {} AS t SET {} FROM {} AS u WHERE {} AND {} AND t.xmin = u.vm_guard "
                                     "AND ({})",
                                     table_.name, set, name(), join_, range("t."), differs));
    if (written.rows < staged_) {
      // Rows that the UPDATE wrote carry this transaction's number by now.
      auto const changed = session_.scalar(
          fmt::format("SELECT EXISTS (SELECT 1 FROM {} AS u JOIN {} AS t ON {} WHERE {} AND t.xmin <> u.vm_guard AND "
                      "t.xmin::text <> (txid_current() % 4294967296)::text)",
                      name(), table_.name, join_, range("t.")));
      written.conflict = changed && std::get<bool>(*changed);
    }
    return written;
  }

  void reset() override {
    // The table went with the transaction that made it, or stands empty.
    has_table_ = false;
    staged_ = 0;
  }

 private:
  static std::string name() { return "pg_temp.vm_backfill_batch"; }

  std::string difference(std::string const& column, std::string const& quoted) const {
    auto const* found = table_.table.find_column(schema::Identifier{column});
    if (found != nullptr) {
      auto const& type = found->type;
      if (std::holds_alternative<schema::Text>(type) || std::holds_alternative<schema::String>(type))
        return fmt::format("t.{0} COLLATE \"C\" IS DISTINCT FROM u.{0}", quoted);
      if (schema::is_integer(type) || std::holds_alternative<schema::Boolean>(type) ||
          std::holds_alternative<schema::Uuid>(type) || std::holds_alternative<schema::Date>(type) ||
          std::holds_alternative<schema::Timestamp>(type) || std::holds_alternative<schema::Binary>(type))
        return fmt::format("t.{0} IS DISTINCT FROM u.{0}", quoted);
    }
    // By the text: json has no equality, that of others is not identity (1.0 and 1.00, citext).
    return fmt::format("t.{0}::text IS DISTINCT FROM u.{0}::text", quoted);
  }

  void make_table(std::vector<std::string> const& columns) {
    if (columns.size() > most_columns)
      throw UsageError{fmt::format("the row function sets {} columns, {} is the most", columns.size(), most_columns)};
    std::string list, old;
    for (auto const& column : columns) {
      db::check_changed_column(table_, column);
      list += ", " + dialect_.quote(column);
    }
    for (auto const& column : columns_) old += ", " + dialect_.quote(column);
    bool const keep = has_table_ && staged_ > 0;
    if (keep) session_.execute("ALTER TABLE pg_temp.vm_backfill_batch RENAME TO vm_backfill_old");
    session_.execute("DROP TABLE IF EXISTS pg_temp.vm_backfill_batch");
    session_.execute(
        fmt::format("CREATE TEMPORARY TABLE vm_backfill_batch AS SELECT {}, xmin AS vm_guard{}, 0::bigint AS "
                    "vm_absent FROM {} WHERE false",
                    keys_, list, table_.name));
    if (keep) {
      std::uint64_t absent = 0;
      for (std::size_t i = columns_.size(); i < columns.size(); ++i) absent |= std::uint64_t{1} << i;
      session_.execute(
          fmt::format("INSERT INTO {0} ({1}, vm_guard{2}, vm_absent) SELECT {1}, vm_guard{2}, vm_absent | {3} "
                      "FROM pg_temp.vm_backfill_old",
                      name(), keys_, old, absent));
      session_.execute("DROP TABLE pg_temp.vm_backfill_old");
      has_absent_ = true;
    }
    has_table_ = true;
    columns_ = columns;
    holds_bytes_ = db::columns_of_bytes(table_, columns);
    copy_ = fmt::format("COPY {} ({}, vm_guard{}, vm_absent) FROM STDIN", name(), keys_, list);
  }

  db::Session& session_;
  sql::Dialect const& dialect_;
  db::BulkTable const& table_;
  std::string keys_, join_, copy_, data_;
  std::vector<std::string> columns_;
  std::vector<bool> holds_bytes_; ///< for each of them
  bool has_table_ = false, has_absent_ = false;
  std::int64_t staged_ = 0;
};

/// The primary knows how far each standby is.
class Replicas final : public db::Replicas {
 public:
  std::optional<db::ReplicaLag> slowest(db::Session& primary) override {
    // A backup that is being taken, and a receiver of the log alone, replay nothing.
    auto const rows =
        primary.all("SELECT concat_ws(' at ', nullif(application_name, ''), host(client_addr)), state, "
                    "extract(epoch FROM replay_lag)::float8 FROM pg_catalog.pg_stat_replication "
                    "WHERE state IS NULL OR state IN ('streaming', 'catchup') ORDER BY replay_lag DESC NULLS LAST");
    std::optional<db::ReplicaLag> slowest;
    for (auto const& row : rows) {
      auto const& name = std::get<std::string>(row[0]);
      if (is_null(row[1])) {
        throw UsageError{"how far the replicas are behind is hidden from this user",
                         Hint{"max_replica_lag needs GRANT pg_read_all_stats; or leave it out and give a pause"}};
      }
      db::ReplicaLag lag{name};
      if (!is_null(row[2]))
        lag.seconds = std::get<double>(row[2]);
      else if (std::get<std::string>(row[1]) == "catchup")
        lag = {name, db::ReplicaLag::endless, "it is catching up"};
      if (!slowest || lag.seconds > slowest->seconds) slowest = std::move(lag);
    }
    return slowest;
  }
};

class Path final : public db::BulkPath {
 public:
  std::string guard() const override { return "xmin"; }
  bool can_skip_locked(db::ServerInfo const& server) const override { return server.number >= 90005; }

  std::vector<std::string> settings(db::Session& main) const override {
    auto const path = main.scalar("SELECT current_setting('search_path')");
    auto const role = main.scalar("SELECT quote_ident(current_user)");
    std::vector<std::string> statements;
    if (path) statements.push_back(fmt::format("SELECT set_config('search_path', {}, false)", quoted(*path)));
    if (role) statements.push_back(fmt::format("SET ROLE {}", std::get<std::string>(*role)));
    return statements;
  }

  std::string estimate(sql::Dialect const& dialect, schema::TableName const& table) const override {
    return fmt::format("SELECT reltuples::bigint FROM pg_catalog.pg_class WHERE oid = {}::regclass",
                       dialect.literal(Value{dialect.quote(table)}));
  }

  std::string differs(std::string const& column, std::string const& expression) const override {
    return fmt::format("({})::text IS DISTINCT FROM ({})::text", column, expression);
  }

  std::unique_ptr<db::Replicas> replicas(db::ConnectTo /*connect_to*/) const override {
    return std::make_unique<Replicas>();
  }

  std::unique_ptr<db::ChangeWriter> writer(db::Session& session, sql::Dialect const& dialect,
                                           db::BulkTable const& table) const override {
    return std::make_unique<Writer>(session, dialect, table);
  }

 private:
  static std::string quoted(Value const& value) {
    std::string text = "'";
    for (char const c : std::get<std::string>(value)) {
      if (c == '\'') text += '\'';
      text += c;
    }
    return text + "'";
  }
};

} // namespace

db::BulkPath const& bulk_path() {
  static Path const instance;
  return instance;
}

} // namespace vm::dialect::postgresql

#include "engine/dialect/mysql/bulk.hpp"

#include "engine/dialect/mysql/replicas.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <variant>

namespace vm::dialect::mysql {

namespace {

constexpr std::size_t most_columns = 62;        ///< one bit each in a bigint
constexpr std::size_t statement_bytes = 700000; ///< below max_allowed_packet's smallest default, 1 MiB

void append_quoted(std::string& out, std::string_view text) {
  out += '\'';
  std::size_t copied = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char const c = text[i];
    if (c != '\'' && c != '\\' && c != '\0') continue;
    out.append(text, copied, i - copied);
    if (c == '\0')
      out += "\\0";
    else
      out += c == '\'' ? "''" : "\\\\";
    copied = i + 1;
  }
  out.append(text, copied, text.size() - copied);
  out += '\'';
}

void append_cell(std::string& out, sql::Dialect const& dialect, Cells const& cells, Cell const& cell) {
  switch (cell.kind) {
  case CellKind::boolean: out += cell.integer != 0 ? '1' : '0'; return;
  case CellKind::integer: {
    std::array<char, 24> digits{};
    auto const end = std::to_chars(digits.data(), digits.data() + digits.size(), cell.integer).ptr;
    out.append(digits.data(), end);
    return;
  }
  case CellKind::text: append_quoted(out, cells.text(cell)); return;
  case CellKind::decimal: out += cells.text(cell); return;
  case CellKind::bytes:
  case CellKind::real:
  case CellKind::other: out += dialect.literal(cells.value(cell)); return;
  case CellKind::null:
  case CellKind::absent:
  case CellKind::row: out += "NULL"; return;
  }
}

class Writer final : public db::ChangeWriter {
 public:
  Writer(db::Session& session, sql::Dialect const& dialect, db::BulkTable const& table)
      : session_{session},
        dialect_{dialect},
        table_{table},
        engine_{session.server().product == "MariaDB" ? "Aria TRANSACTIONAL=0" : "InnoDB"} {
    for (auto const& key : table_.keys) {
      if (!keys_.empty()) keys_ += ", ";
      keys_ += key;
      if (!join_.empty()) join_ += " AND ";
      join_ += fmt::format("t.{0} = u.{0}", key);
    }
  }

  void begin() override {
    if (has_table_ && is_filled_) session_.execute(fmt::format("DELETE FROM {}", name));
    is_filled_ = false;
    has_absent_ = false;
  }

  void stage(Cells const& rows, std::size_t width, op::Changes const& changes) override {
    if (changes.row_count == 0) return;
    if (!has_table_ || changes.columns.size() > columns_.size()) make_table(changes.columns);
    text_ = insert_;
    bool is_first = true;
    db::each_change(changes, [&](std::size_t row, std::size_t first, std::size_t count) {
      auto const* cells = &rows[row * width];
      std::uint64_t absent = 0;
      text_ += is_first ? "(" : ",(";
      is_first = false;
      for (std::size_t i = 0; i < table_.keys.size(); ++i) {
        if (i > 0) text_ += ',';
        append_cell(text_, dialect_, rows, cells[i]);
      }
      for (std::size_t i = 0; i < columns_.size(); ++i) {
        text_ += ',';
        if (i >= count || changes.cells[first + i].kind == CellKind::absent) {
          absent |= std::uint64_t{1} << i;
          text_ += "NULL";
        } else if (holds_bytes_[i] && changes.cells[first + i].kind == CellKind::text) {
          // A string of Lua may be either.
          text_ += dialect_.literal(Value{Bytes{std::string{changes.cells.text(changes.cells[first + i])}}});
        } else {
          append_cell(text_, dialect_, changes.cells, changes.cells[first + i]);
        }
      }
      if (absent != 0) has_absent_ = true;
      text_ += fmt::format(",{})", absent);
      if (text_.size() > statement_bytes) {
        session_.execute(text_);
        text_ = insert_;
        is_first = true;
      }
    });
    if (!is_first) session_.execute(text_);
    is_filled_ = true;
  }

  db::Written finish(db::RangeText const& /*range*/) override {
    if (!is_filled_) return {};
    std::string set, differs;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      auto const column = dialect_.quote(columns_[i]);
      if (i > 0) {
        set += ", ";
        differs += " OR ";
      }
      // By bytes: `<=>` goes by the collation, to which 'a' and 'A' may be one.
      differs +=
          fmt::format("NOT (BINARY t.{0} <=> BINARY {1})", column,
                      has_absent_ ? fmt::format("IF(u.vm_absent & {1}, t.{0}, u.{0})", column, std::uint64_t{1} << i)
                                  : fmt::format("u.{}", column));
      if (has_absent_)
        set += fmt::format("t.{0} = IF(u.vm_absent & {1}, t.{0}, u.{0})", column, std::uint64_t{1} << i);
      else
        set += fmt::format("t.{0} = u.{0}", column);
    }
    return {session_.execute(fmt::format("UPDATE {} AS u STRAIGHT_JOIN {} AS t ON {} SET {} WHERE {}", name,
                                         table_.name, join_, set, differs)),
            false};
  }

  void reset() override { is_filled_ = true; } // the temporary table does not take part in the transaction

 private:
  void make_table(std::vector<std::string> const& columns) {
    if (columns.size() > most_columns)
      throw UsageError{fmt::format("the row function sets {} columns, {} is the most", columns.size(), most_columns)};
    std::string list, behind, old;
    for (auto const& column : columns) {
      db::check_changed_column(table_, column);
      list += ", " + dialect_.quote(column);
      behind += ", c." + dialect_.quote(column);
    }
    for (auto const& column : columns_) old += ", " + dialect_.quote(column);
    bool const keep = has_table_ && is_filled_;
    if (keep) session_.execute(fmt::format("CREATE TEMPORARY TABLE vm_backfill_old AS SELECT * FROM {}", name));
    session_.execute(fmt::format("DROP TEMPORARY TABLE IF EXISTS {}", name));
    // Columns behind an outer join may be NULL, whatever the table says: a column that is left alone holds NULL.
    session_.execute(
        fmt::format("CREATE TEMPORARY TABLE {} ENGINE={} AS SELECT {}{}, CAST(0 AS SIGNED) AS vm_absent FROM {} "
                    "AS k LEFT JOIN {} AS c ON FALSE LIMIT 0",
                    name, engine_, prefixed("k.", table_.keys), behind, table_.name, table_.name));
    if (keep) {
      std::uint64_t absent = 0;
      for (std::size_t i = columns_.size(); i < columns.size(); ++i) absent |= std::uint64_t{1} << i;
      session_.execute(
          fmt::format("INSERT INTO {0} ({1}{2}, vm_absent) SELECT {1}{2}, vm_absent | {3} FROM vm_backfill_old", name,
                      keys_, old, absent));
      session_.execute("DROP TEMPORARY TABLE vm_backfill_old");
      has_absent_ = true;
    }
    has_table_ = true;
    columns_ = columns;
    holds_bytes_ = db::columns_of_bytes(table_, columns);
    insert_ = fmt::format("INSERT INTO {} ({}{}, vm_absent) VALUES ", name, keys_, list);
  }

  static std::string prefixed(std::string_view prefix, std::vector<std::string> const& names) {
    std::string text;
    for (auto const& each : names) text += fmt::format("{}{}{}", text.empty() ? "" : ", ", prefix, each);
    return text;
  }

  static constexpr std::string_view name = "vm_backfill_batch";

  db::Session& session_;
  sql::Dialect const& dialect_;
  db::BulkTable const& table_;
  std::string engine_, keys_, join_, insert_, text_;
  std::vector<std::string> columns_;
  std::vector<bool> holds_bytes_; ///< for each of them
  bool has_table_ = false, is_filled_ = false, has_absent_ = false;
};

class Path final : public db::BulkPath {
 public:
  bool can_skip_locked(db::ServerInfo const& server) const override {
    return server.product == "MariaDB" ? server.number >= 100600 : server.number >= 80000;
  }
  bool row_values_use_index() const override { return false; }

  std::vector<std::string> settings(db::Session& main) const override {
    std::vector<std::string> statements{
        // Without gap locks, ranges that others plan and finish do not get in each other's way.
        "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED"};
    if (auto const database = main.scalar("SELECT DATABASE()"); database && !is_null(*database)) {
      std::string quoted;
      for (char const c : std::get<std::string>(*database)) {
        if (c == '`') quoted += '`';
        quoted += c;
      }
      statements.push_back(fmt::format("USE `{}`", quoted));
    }
    return statements;
  }

  std::string estimate(sql::Dialect const& dialect, schema::TableName const& table) const override {
    return fmt::format("SELECT table_rows FROM information_schema.tables WHERE table_schema = {} AND table_name = {}",
                       table.schema ? dialect.literal(Value{table.schema->text()}) : "DATABASE()",
                       dialect.literal(Value{table.name.text()}));
  }

  std::string differs(std::string const& column, std::string const& expression) const override {
    return fmt::format("NOT (BINARY {} <=> BINARY ({}))", column, expression);
  }

  std::string key_problem(schema::Type const& type) const override {
    if (std::holds_alternative<schema::Enum>(type)) return "MariaDB sorts an ENUM by number and compares it as text";
    if (std::holds_alternative<schema::Real>(type)) return "a FLOAT is not equal to what it prints";
    return {};
  }

  std::unique_ptr<db::Replicas> replicas(db::ConnectTo connect_to) const override {
    return make_replicas(std::move(connect_to));
  }

  std::unique_ptr<db::ChangeWriter> writer(db::Session& session, sql::Dialect const& dialect,
                                           db::BulkTable const& table) const override {
    return std::make_unique<Writer>(session, dialect, table);
  }
};

} // namespace

db::BulkPath const& bulk_path() {
  static Path const instance;
  return instance;
}

} // namespace vm::dialect::mysql

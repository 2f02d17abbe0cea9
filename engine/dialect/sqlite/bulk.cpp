#include "engine/dialect/sqlite/bulk.hpp"

#include "engine/core/error.hpp"
#include "engine/dialect/sqlite/row_values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

namespace vm::dialect::sqlite {

namespace {

constexpr std::size_t most_columns = 32; ///< that one UPDATE over a range changes

class Writer final : public db::ChangeWriter {
 public:
  Writer(db::Session& session, sql::Dialect const& dialect, db::BulkTable const& table)
      : session_{session},
        dialect_{dialect},
        table_{table} {}

  void begin() override { written_ = 0; }

  void stage(Cells const& rows, std::size_t width, op::Changes const& changes) override {
    if (gather(rows, width, changes)) {
      auto& update = range_update(changes.columns);
      values_->serve(changes.cells, keys_, first_);
      Cells bounds;
      bounds.add_integer(keys_.front());
      bounds.add_integer(keys_.back());
      std::array<db::CellParameter, 2> const parameters{{{&bounds, &bounds.cells()[0]}, {&bounds, &bounds.cells()[1]}}};
      try {
        written_ += update.run(parameters);
        return;
      } catch (DatabaseError const& error) {
        // The statement undid itself. One row after the other shows which it was.
        if (error.kind != DatabaseErrorKind::constraint || !session_.in_transaction()) throw;
      }
    }
    db::each_change(changes, [&](std::size_t row, std::size_t first, std::size_t count) {
      present_.assign(changes.columns.size(), false);
      parameters_.clear();
      for (std::size_t i = 0; i < count; ++i) {
        auto const& cell = changes.cells[first + i];
        if (cell.kind == CellKind::absent) continue;
        present_[i] = true;
        parameters_.push_back({&changes.cells, &cell});
      }
      if (parameters_.empty()) return;
      for (std::size_t i = 0; i < table_.keys.size(); ++i) parameters_.push_back({&rows, &rows[row * width + i]});
      written_ += statement(changes.columns).run(parameters_);
    });
  }

  db::Written finish(db::RangeText const& /*range*/) override { return {written_, false}; }
  void reset() override {}

 private:
  /// Whether one UPDATE over the range can write the changes: rows with one integer as their key, nearly all of them
  /// changed, and all in the same columns. Fills keys_, first_ and present_.
  bool gather(Cells const& rows, std::size_t width, op::Changes const& changes) {
    if (table_.keys.size() != 1 || changes.row_count < 2) return false;
    if (changes.columns.empty() || changes.columns.size() > most_columns) return false;
    keys_.clear();
    first_.clear();
    bool same = true;
    db::each_change(changes, [&](std::size_t row, std::size_t first, std::size_t count) {
      auto const& key = rows[row * width];
      if (!same || key.kind != CellKind::integer || (!keys_.empty() && key.integer <= keys_.back())) {
        same = false;
        return;
      }
      bool const is_first = keys_.empty();
      if (is_first) present_.assign(changes.columns.size(), false);
      for (std::size_t i = 0; i < changes.columns.size(); ++i) {
        auto const kind = i < count ? changes.cells[first + i].kind : CellKind::absent;
        bool const here = kind != CellKind::absent;
        if (is_first) present_[i] = here;
        same = same && present_[i] == here && kind != CellKind::other;
      }
      keys_.push_back(key.integer);
      first_.push_back(first);
    });
    if (!same || std::find(present_.begin(), present_.end(), true) == present_.end()) return false;
    // An UPDATE over the range looks at every row in it.
    constexpr std::uint64_t most_looks = 3;
    auto const span = static_cast<std::uint64_t>(keys_.back()) - static_cast<std::uint64_t>(keys_.front());
    auto const looks = table_.filtered ? span : std::uint64_t{rows.size() / width};
    if (looks / most_looks > keys_.size()) return false;
    if (!values_ && !asked_) {
      asked_ = true;
      values_ = RowValues::on(session_, most_columns);
    }
    return values_ != nullptr;
  }

  /// A string of Lua may be text or bytes: the column says which.
  static std::string bytes_where_text(std::string const& value) {
    return fmt::format("CASE typeof({0}) WHEN 'text' THEN CAST({0} AS BLOB) ELSE {0} END", value);
  }

  db::CellStatement& range_update(std::vector<std::string> const& columns) {
    auto& found = range_updates_[present_];
    if (found) return *found;
    auto const& key = table_.keys.front();
    std::string set, differs;
    auto const holds_bytes = db::columns_of_bytes(table_, columns);
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (!present_[i]) continue;
      db::check_changed_column(table_, columns[i]);
      auto const column = dialect_.quote(columns[i]);
      auto const given = RowValues::value(i, key);
      auto const value = holds_bytes[i] ? bytes_where_text(given) : given;
      set += fmt::format("{}{} = {}", set.empty() ? "" : ", ", column, value);
      differs += fmt::format("{}{} COLLATE BINARY IS NOT {}", differs.empty() ? "" : " OR ", column, value);
    }
    found = session_.prepare_cells(fmt::format("UPDATE {} SET {} WHERE {} BETWEEN ?1 AND ?2 AND {} AND ({})",
                                               table_.name, set, key, RowValues::changes(key), differs));
    return *found;
  }

  /// The statement for the columns that are present; a row that has these values already is not written.
  db::CellStatement& statement(std::vector<std::string> const& columns) {
    if (last_ != nullptr && present_ == last_present_) return *last_;
    auto& found = statements_[present_];
    if (!found) {
      std::string set, differs, keys;
      std::size_t number = 0;
      auto const holds_bytes = db::columns_of_bytes(table_, columns);
      for (std::size_t i = 0; i < columns.size(); ++i) {
        if (!present_[i]) continue;
        db::check_changed_column(table_, columns[i]);
        ++number;
        auto const column = dialect_.quote(columns[i]);
        if (number > 1) {
          set += ", ";
          differs += " OR ";
        }
        auto const given = fmt::format("?{}", number);
        auto const value = holds_bytes[i] ? bytes_where_text(given) : given;
        set += fmt::format("{} = {}", column, value);
        differs += fmt::format("{} COLLATE BINARY IS NOT {}", column, value);
      }
      for (auto const& key : table_.keys) keys += fmt::format("{} = ?{} AND ", key, ++number);
      found = session_.prepare_cells(fmt::format("UPDATE {} SET {} WHERE {}({})", table_.name, set, keys, differs));
    }
    last_ = found.get();
    last_present_ = present_;
    return *last_;
  }

  db::Session& session_;
  sql::Dialect const& dialect_;
  db::BulkTable const& table_;
  std::unique_ptr<RowValues> values_; ///< goes after the statements that call its functions
  bool asked_ = false;
  std::vector<std::int64_t> keys_;
  std::vector<std::size_t> first_;
  std::map<std::vector<bool>, std::unique_ptr<db::CellStatement>> statements_, range_updates_;
  db::CellStatement* last_ = nullptr;
  std::vector<bool> present_, last_present_;
  std::vector<db::CellParameter> parameters_;
  std::int64_t written_ = 0;
};

class Path final : public db::BulkPath {
 public:
  bool is_in_process() const override { return true; }
  bool needs(db::Session& main) const override {
    auto const file = main.scalar("SELECT file FROM pragma_database_list WHERE name = 'main'");
    auto const* text = file ? std::get_if<std::string>(&*file) : nullptr;
    return text == nullptr || text->empty();
  }
  std::string_view lock_rows() const override { return ""; } // the transaction holds the whole file
  bool can_skip_locked(db::ServerInfo const& /*server*/) const override { return false; }
  std::string estimate(sql::Dialect const& /*dialect*/, schema::TableName const& /*table*/) const override {
    return {};
  }
  std::string differs(std::string const& column, std::string const& expression) const override {
    return fmt::format("{} COLLATE BINARY IS NOT ({})", column, expression);
  }
  std::unique_ptr<db::Replicas> replicas(db::ConnectTo /*connect_to*/) const override {
    throw UsageError{"SQLite has no replicas to wait for", Hint{"leave max_replica_lag out"}};
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

} // namespace vm::dialect::sqlite

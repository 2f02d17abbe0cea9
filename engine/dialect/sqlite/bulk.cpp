#include "engine/dialect/sqlite/bulk.hpp"

#include <fmt/format.h>

#include <map>

namespace vm::dialect::sqlite {

namespace {

class Writer final : public db::ChangeWriter {
 public:
  Writer(db::Session& session, sql::Dialect const& dialect, db::BulkTable const& table)
      : session_{session},
        dialect_{dialect},
        table_{table} {}

  void begin() override { written_ = 0; }

  void stage(Cells const& rows, std::size_t width, op::Changes const& changes) override {
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
        // A string of Lua may be text or bytes: the column says which.
        auto const value =
            holds_bytes[i] ? fmt::format("CASE typeof(?{0}) WHEN 'text' THEN CAST(?{0} AS BLOB) ELSE ?{0} END", number)
                           : fmt::format("?{}", number);
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
  std::map<std::vector<bool>, std::unique_ptr<db::CellStatement>> statements_;
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

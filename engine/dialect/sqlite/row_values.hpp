// Functions of SQL whose values come from a batch's changes, so that one UPDATE over a range of the key gives each row
// its own values. They exist on one connection, from construction to destruction; no view or trigger can call them.
#pragma once

#include "engine/core/cells.hpp"
#include "engine/db/session.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace vm::dialect::sqlite {

class RowValues {
 public:
  /// Functions for up to `columns` columns. Null when the session is none of this folder's.
  static std::unique_ptr<RowValues> on(db::Session& session, std::size_t columns);
  RowValues(RowValues const&) = delete;
  RowValues& operator=(RowValues const&) = delete;
  ~RowValues();

  std::size_t columns() const { return slots_.size(); }
  /// "vm_row_changes(id)": whether the row of this key is one of the batch.
  static std::string changes(std::string const& key);
  /// "vm_row_value_2(id)": what its column of that number becomes.
  static std::string value(std::size_t column, std::string const& key);

  /// Keys ascend strictly; `first` are the places of each row's first cell in `cells`. Both outlive the statements run.
  void serve(Cells const& cells, std::vector<std::int64_t> const& keys, std::vector<std::size_t> const& first);

 private:
  struct Functions;
  struct Slot {
    RowValues* owner;
    std::size_t column;
  };

  RowValues(void* connection, std::size_t columns);
  /// Rows are mostly asked for in order.
  bool seek(std::int64_t key);

  void* connection_;
  std::vector<Slot> slots_;
  Cells const* cells_ = nullptr;
  std::vector<std::int64_t> const* keys_ = nullptr;
  std::vector<std::size_t> const* first_ = nullptr;
  std::size_t at_ = 0;
};

} // namespace vm::dialect::sqlite

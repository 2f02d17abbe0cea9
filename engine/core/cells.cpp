#include "engine/core/cells.hpp"

#include <limits>
#include <stdexcept>

namespace vm {

void Cells::clear() {
  cells_.clear();
  bytes_.clear();
  others_.clear();
}

void Cells::add_boolean(bool value) {
  auto& cell = cells_.emplace_back();
  cell.kind = CellKind::boolean;
  cell.integer = value ? 1 : 0;
}

void Cells::add_integer(std::int64_t value) {
  auto& cell = cells_.emplace_back();
  cell.kind = CellKind::integer;
  cell.integer = value;
}

void Cells::add_real(double value) {
  auto& cell = cells_.emplace_back();
  cell.kind = CellKind::real;
  cell.real = value;
}

void Cells::add_text(std::string_view text, CellKind kind) {
  if (bytes_.size() + text.size() > std::numeric_limits<std::uint32_t>::max())
    throw std::length_error{"a batch holds more than 4 GiB of text; give a smaller batch_size"};
  auto& cell = cells_.emplace_back();
  cell.kind = kind;
  cell.length = static_cast<std::uint32_t>(text.size());
  cell.offset = static_cast<std::uint32_t>(bytes_.size());
  bytes_.append(text);
}

void Cells::add(Value const& value) {
  struct Adder {
    Cells& cells;
    void operator()(Null) const { cells.add_null(); }
    void operator()(bool flag) const { cells.add_boolean(flag); }
    void operator()(std::int64_t number) const { cells.add_integer(number); }
    void operator()(double number) const { cells.add_real(number); }
    void operator()(std::string const& text) const { cells.add_text(text); }
    void operator()(Decimal const& number) const { cells.add_text(number.text, CellKind::decimal); }
    void operator()(Bytes const& bytes) const { cells.add_text(bytes.data, CellKind::bytes); }
    void operator()(Array const& array) const {
      auto& cell = cells.cells_.emplace_back();
      cell.kind = CellKind::other;
      cell.offset = static_cast<std::uint32_t>(cells.others_.size());
      cells.others_.emplace_back(array);
    }
  };
  std::visit(Adder{*this}, value);
}

Value Cells::value(Cell const& cell) const {
  switch (cell.kind) {
  case CellKind::boolean: return cell.integer != 0;
  case CellKind::integer: return cell.integer;
  case CellKind::real: return cell.real;
  case CellKind::text: return std::string{text(cell)};
  case CellKind::decimal: return Decimal{std::string{text(cell)}};
  case CellKind::bytes: return Bytes{std::string{text(cell)}};
  case CellKind::other: return others_[cell.offset];
  case CellKind::null:
  case CellKind::absent:
  case CellKind::row: break;
  }
  return Null{};
}

} // namespace vm

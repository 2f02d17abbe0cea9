#include "engine/dialect/sqlite/row_values.hpp"

#include "engine/core/error.hpp"
#include "engine/db/driver_library.hpp"
#include "engine/dialect/sqlite/driver.hpp"

#include <fmt/format.h>
#include <soci/soci-backend.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <algorithm>

namespace vm::dialect::sqlite {

// soci-sqlite3.h puts the whole of sqlite3.h into this namespace.
using namespace sqlite_api;

struct RowValues::Functions {
  db::DriverLibrary library{"sqlite3", VM_SOCI_SQLITE3, "libsoci-sqlite3-4.0"};

  decltype(&sqlite3_create_function_v2) create_function;
  decltype(&sqlite3_result_blob64) result_blob64;
  decltype(&sqlite3_result_double) result_double;
  decltype(&sqlite3_result_int) result_int;
  decltype(&sqlite3_result_int64) result_int64;
  decltype(&sqlite3_result_null) result_null;
  decltype(&sqlite3_result_text64) result_text64;
  decltype(&sqlite3_user_data) user_data;
  decltype(&sqlite3_value_int64) value_int64;
  decltype(&sqlite3_value_type) value_type;

  Functions() {
    library.find(create_function, "sqlite3_create_function_v2");
    library.find(result_blob64, "sqlite3_result_blob64");
    library.find(result_double, "sqlite3_result_double");
    library.find(result_int, "sqlite3_result_int");
    library.find(result_int64, "sqlite3_result_int64");
    library.find(result_null, "sqlite3_result_null");
    library.find(result_text64, "sqlite3_result_text64");
    library.find(user_data, "sqlite3_user_data");
    library.find(value_int64, "sqlite3_value_int64");
    library.find(value_type, "sqlite3_value_type");
  }

  /// Looked up once: the library stays loaded.
  static Functions const& get() {
    static Functions const functions;
    return functions;
  }

  // SQLite calls these two and knows no exceptions; nothing in them throws.
  static void changes(sqlite3_context* context, int /*count*/, sqlite3_value** values) {
    auto const& f = get();
    auto& owner = *static_cast<RowValues*>(f.user_data(context));
    f.result_int(context, f.value_type(values[0]) == SQLITE_INTEGER && owner.seek(f.value_int64(values[0])) ? 1 : 0);
  }

  static void value(sqlite3_context* context, int /*count*/, sqlite3_value** values) {
    auto const& f = get();
    auto const& slot = *static_cast<Slot*>(f.user_data(context));
    auto& owner = *slot.owner;
    if (!owner.seek(f.value_int64(values[0]))) return f.result_null(context); // the WHERE left it out
    auto const& cell = (*owner.cells_)[(*owner.first_)[owner.at_] + slot.column];
    // The text stays where it is until the statement has ended: nothing is copied.
    switch (cell.kind) {
    case CellKind::boolean:
    case CellKind::integer: return f.result_int64(context, cell.integer);
    case CellKind::real: return f.result_double(context, cell.real);
    case CellKind::text:
    case CellKind::decimal: {
      auto const text = owner.cells_->text(cell);
      return f.result_text64(context, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8);
    }
    case CellKind::bytes: {
      auto const bytes = owner.cells_->text(cell);
      return f.result_blob64(context, bytes.empty() ? "" : bytes.data(), bytes.size(), SQLITE_STATIC);
    }
    default: return f.result_null(context);
    }
  }
};

std::unique_ptr<RowValues> RowValues::on(db::Session& session, std::size_t columns) {
  auto* const native = dynamic_cast<NativeConnection*>(&session);
  if (native == nullptr) return nullptr;
  return std::unique_ptr<RowValues>{new RowValues{native->connection(), columns}};
}

RowValues::RowValues(void* connection, std::size_t columns) : connection_{connection}, slots_(columns) {
  auto const& f = Functions::get();
  auto const define = [&](std::string const& name, void* data, auto* function) {
    if (f.create_function(static_cast<sqlite3*>(connection_), name.c_str(), 1, SQLITE_UTF8 | SQLITE_DIRECTONLY, data,
                          function, nullptr, nullptr, nullptr) != SQLITE_OK)
      throw DatabaseError{fmt::format("cannot define the SQL function '{}'", name)};
  };
  define("vm_row_changes", this, &Functions::changes);
  for (std::size_t i = 0; i < columns; ++i) {
    slots_[i] = {this, i};
    define(fmt::format("vm_row_value_{}", i), &slots_[i], &Functions::value);
  }
}

RowValues::~RowValues() {
  auto const& f = Functions::get();
  auto const remove = [&](char const* name) {
    f.create_function(static_cast<sqlite3*>(connection_), name, 1, SQLITE_UTF8, nullptr, nullptr, nullptr, nullptr,
                      nullptr);
  };
  remove("vm_row_changes");
  for (std::size_t i = 0; i < slots_.size(); ++i) remove(fmt::format("vm_row_value_{}", i).c_str());
}

std::string RowValues::changes(std::string const& key) {
  return fmt::format("vm_row_changes({})", key);
}

std::string RowValues::value(std::size_t column, std::string const& key) {
  return fmt::format("vm_row_value_{}({})", column, key);
}

void RowValues::serve(Cells const& cells, std::vector<std::int64_t> const& keys,
                      std::vector<std::size_t> const& first) {
  cells_ = &cells;
  keys_ = &keys;
  first_ = &first;
  at_ = 0;
}

bool RowValues::seek(std::int64_t key) {
  auto const& keys = *keys_;
  if (keys[at_] == key) return true;
  if (at_ + 1 < keys.size() && keys[at_ + 1] == key) {
    ++at_;
    return true;
  }
  auto const found = std::lower_bound(keys.begin(), keys.end(), key);
  if (found == keys.end() || *found != key) return false;
  at_ = static_cast<std::size_t>(found - keys.begin());
  return true;
}

} // namespace vm::dialect::sqlite

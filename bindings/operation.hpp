// From a Lua call to operations: the same body serves `op.add_column(table, …)`, which applies at once, and
// `batch.add_column(…)`, whose table is the batch's and which collects.
#pragma once

#include "bindings/build.hpp"
#include "bindings/items.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vm::bindings {

/// One call being read.
struct Call {
  Arguments& arguments;
  BuildRules rules;
  std::optional<schema::TableName> batch = {}; ///< the table of the batch this call stands in
  int next = 1;                                ///< position of the next argument
  std::optional<TableItem> result = {};        ///< what the call gives back, besides nothing

  /// The table the call is about: the next argument, or the batch's.
  schema::TableName table(std::string_view name = "table");
  /// The options at the next position.
  TableReader options();
  /// Reads `key` into the table's schema; inside a batch there is no such key.
  void read_schema(TableReader& options, schema::TableName& table, std::string_view key = "schema") const;
  /// Left-over options and arguments are errors.
  void done(TableReader& options);
};

using Operations = std::vector<op::Operation>;
using Parse = Operations (*)(Call&);

/// Reads the call with `parse` and applies what comes out, in order; UsageErrors become ArgumentErrors with the name of
/// the function. Gives the number of results pushed.
int apply_call(lua_State* L, std::string_view function, Parse parse);

/// The same for a batch, which is the first upvalue; see op_batch.cpp.
int record_call(lua_State* L, std::string_view function, Parse parse);

/// `read()`, with the UsageErrors of the engine's values as ArgumentErrors that open with `function`.
Operations read_operations(Parse parse, Call& call);

/// A text as a template argument.
template<std::size_t N>
struct Text {
  char data[N];
  constexpr Text(char const (&text)[N]) { std::copy_n(text, N, data); } // NOLINT(google-explicit-constructor)
  constexpr operator std::string_view() const { return {data, N - 1}; } // NOLINT(google-explicit-constructor)
};

template<Text Name, Parse Body>
int operation(lua_State* L) {
  return apply_call(L, Name, Body);
}

template<Text Name, Parse Body>
int batch_operation(lua_State* L) {
  return record_call(L, Name, Body);
}

// The bodies that op and batch share, by the file that holds them.
Operations create_table_comment(Call& call);
Operations drop_table_comment(Call& call);
Operations add_column(Call& call);
Operations drop_column(Call& call);
Operations alter_column(Call& call);
Operations create_index(Call& call);
Operations drop_index(Call& call);
Operations create_primary_key(Call& call);
Operations create_unique_constraint(Call& call);
Operations create_foreign_key(Call& call);
Operations create_check_constraint(Call& call);
Operations create_exclude_constraint(Call& call);
Operations validate_constraint(Call& call);
Operations drop_constraint(Call& call);

// Those that a desired schema describes with the same arguments.
Operations create_function(Call& call);
Operations create_procedure(Call& call);
Operations create_trigger(Call& call);
Operations create_sequence(Call& call);
Operations create_extension(Call& call);

template<typename... Each>
Operations operations(Each... each) {
  auto list = Operations{};
  (list.emplace_back(std::move(each)), ...);
  return list;
}

} // namespace vm::bindings

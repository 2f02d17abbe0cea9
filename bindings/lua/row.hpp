// Rows of a query as Lua tables, made fast: a function of Lua's own, compiled once for the query's columns, builds
// each.
#pragma once

#include "bindings/lua/lua.hpp"
#include "engine/core/row_visitor.hpp"

#include <string>
#include <vector>

namespace vm::lua {

/// [-0, +1] Something for RowPusher that knows the names. They must differ.
void push_row_maker(lua_State* L, std::vector<std::string> const& columns);

/// Turns one row at a time into a table. Use: start(), let the row be visited, finish().
class RowPusher : public RowVisitor {
 public:
  /// `keep_null`: NULL is `sql.null` instead of an absent field.
  RowPusher(lua_State* L, std::size_t columns, bool keep_null) : L_{L}, columns_{columns}, keep_null_{keep_null} {}

  /// [-0, +1] `maker` is the place of what push_row_maker gave.
  void start(int maker);
  /// [-(1 + columns), +1] The table.
  void finish();
  /// [-(1 + columns), +0] There was no row.
  void abandon();

  void null() override;
  void boolean(bool value) override;
  void integer(std::int64_t value) override;
  void number(double value) override;
  void text(std::string_view value) override;
  void decimal(std::string_view value) override;
  void bytes(std::string_view value) override;
  void array(Array const& value) override;

 private:
  lua_State* L_;
  std::size_t columns_;
  bool keep_null_;
  int base_ = 0;
};

} // namespace vm::lua

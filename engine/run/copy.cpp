#include "engine/run/copy.hpp"

#include "engine/sql/copy_text.hpp"

#include <fmt/format.h>

#include <charconv>
#include <optional>

namespace vm::run {

namespace {

constexpr std::size_t piece_size = std::size_t{1} << 20;

/// The number behind "line " in "COPY people, line 3, column born: "x"", and the column.
struct CopyContext {
  std::size_t line = 0;
  std::string column;
};

std::optional<CopyContext> context_of(DatabaseError const& error) {
  for (auto const& note : error.notes()) {
    if (note.label != "context") continue;
    auto const at = note.text.find(", line ");
    if (!note.text.starts_with("COPY ") || at == std::string::npos) continue;
    CopyContext context;
    auto const* const end = note.text.data() + note.text.size();
    auto const [rest, code] = std::from_chars(note.text.data() + at + 7, end, context.line);
    if (code != std::errc{} || context.line == 0) continue;
    constexpr std::string_view word = ", column ";
    std::string_view const tail{rest, static_cast<std::size_t>(end - rest)};
    if (tail.starts_with(word)) context.column = tail.substr(word.size(), tail.find(':') - word.size());
    return context;
  }
  return std::nullopt;
}

/// The error with the row's place in the file instead of the server's count of lines in a piece.
DatabaseError placed(DatabaseError const& error, std::vector<std::string> const& places) {
  auto const context = context_of(error);
  DatabaseError result{error.message()};
  result.kind = error.kind;
  result.code = error.code;
  result.detail = error.detail;
  result.statement = error.statement;
  for (auto const& hint : error.hints()) result.add_hint(hint);
  if (context && context->line <= places.size()) {
    auto text = places[context->line - 1];
    if (!context->column.empty()) text += fmt::format(", column '{}'", context->column);
    result.add_note({"row", std::move(text)});
  } else {
    for (auto const& note : error.notes()) result.add_note(note);
  }
  return result;
}

} // namespace

std::int64_t copy_by_stream(sql::Dialect const& dialect, op::CopyRows const& copy, op::RowSource& rows,
                            std::function<std::int64_t(std::string)> const& run) {
  std::string columns;
  for (auto const& column : copy.columns) columns += (columns.empty() ? "" : ", ") + dialect.quote(column);
  auto const statement = fmt::format("COPY {} ({}) FROM stdin;\n", dialect.quote(copy.table), columns);

  std::int64_t stored = 0;
  std::string data;
  std::vector<std::string> places;
  auto const send = [&] {
    try {
      stored += run(statement + data + "\\.\n");
    } catch (DatabaseError const& error) {
      throw placed(error, places);
    }
    data.clear();
    places.clear();
  };
  std::vector<Value> row;
  while (rows.next(row)) {
    sql::append_copy_row(data, row);
    places.push_back(rows.place());
    if (data.size() >= piece_size) send();
  }
  if (!data.empty()) send();
  return stored;
}

} // namespace vm::run

#include "engine/backfill/definition.hpp"

#include "engine/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace vm::backfill {

namespace {

/// One fact a line: "word text", line breaks within the text written as "\n".
class Lines {
 public:
  void add(std::string_view word, std::string_view text = "") {
    text_ += word;
    text_ += ' ';
    for (char const c : text) {
      if (c == '\\')
        text_ += "\\\\";
      else if (c == '\n')
        text_ += "\\n";
      else
        text_ += c;
    }
    text_ += '\n';
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

std::string unescaped(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size())
      result += text[++i] == 'n' ? '\n' : text[i];
    else
      result += text[i];
  }
  return result;
}

template<typename Visit>
void each_line(std::string_view text, Visit&& visit) {
  for (auto const line : split(text, '\n')) {
    auto const space = line.find(' ');
    if (space == std::string_view::npos) continue;
    visit(line.substr(0, space), line.substr(space + 1));
  }
}

} // namespace

std::string write(Definition const& definition, sql::Dialect const& dialect) {
  auto const& job = definition.job;
  Lines lines;
  lines.add("table", job.table.name.text());
  if (job.table.schema) lines.add("schema", job.table.schema->text());
  for (auto const& key : job.key) lines.add("key", key.text());
  for (auto const& column : job.columns) lines.add("column", column.text());
  if (job.where) lines.add("where", *job.where);
  for (auto const& [column, cell] : job.set) {
    auto const* value = std::get_if<Value>(&cell);
    lines.add("set", column.text());
    lines.add("to", value ? dialect.literal(*value) : std::get<schema::Expression>(cell).sql);
  }
  if (job.whole_batch) lines.add("whole_batch");
  if (definition.has_function) lines.add("function", definition.function.value_or(""));
  lines.add("batch_size", job.batch_size ? std::to_string(*job.batch_size) : "auto");
  lines.add("target_batch_time", fmt::format("{}", job.target_batch_time));
  lines.add("pause", fmt::format("{}", job.pause));
  if (job.max_replica_lag) lines.add("max_replica_lag", fmt::format("{}", *job.max_replica_lag));
  if (job.skip_errors) lines.add("skip_errors");
  lines.add("checksum", definition.checksum);
  return lines.take();
}

Definition read(std::string_view text) {
  std::string name, schema_name;
  Definition result{op::Backfill{schema::TableName{std::nullopt, schema::Identifier{"unknown"}}}, {}, false, {}};
  auto& job = result.job;
  auto const real = [](std::string_view value) { return std::strtod(std::string{value}.c_str(), nullptr); };
  each_line(text, [&](std::string_view word, std::string_view raw) {
    auto const value = unescaped(raw);
    if (word == "table") job.table.name = schema::Identifier{value};
    if (word == "schema") job.table.schema = schema::Identifier{value};
    if (word == "key") job.key.emplace_back(value);
    if (word == "column") job.columns.emplace_back(value);
    if (word == "where") job.where = value;
    if (word == "set") job.set.emplace_back(schema::Identifier{value}, schema::Expression{});
    if (word == "to" && !job.set.empty()) job.set.back().second = schema::Expression{value};
    if (word == "whole_batch") job.whole_batch = true;
    if (word == "function") {
      result.has_function = true;
      if (!value.empty()) result.function = value;
    }
    if (word == "batch_size") {
      job.batch_size.reset();
      if (value != "auto") job.batch_size = std::strtoll(value.c_str(), nullptr, 10);
    }
    if (word == "target_batch_time") job.target_batch_time = real(value);
    if (word == "pause") job.pause = real(value);
    if (word == "max_replica_lag") job.max_replica_lag = real(value);
    if (word == "skip_errors") job.skip_errors = true;
    if (word == "checksum") result.checksum = value;
  });
  return result;
}

std::string meaning(std::string_view text) {
  constexpr auto words = std::to_array<std::string_view>(
      {"table", "schema", "key", "column", "where", "set", "to", "whole_batch", "function"});
  std::string result;
  each_line(text, [&](std::string_view word, std::string_view value) {
    if (std::ranges::find(words, word) == words.end()) return;
    if (!result.empty()) result += ", ";
    result += fmt::format("{}{}{}", word, value.empty() ? "" : " ", unescaped(value));
  });
  return result;
}

} // namespace vm::backfill

#include "engine/run/history_table.hpp"

#include <fmt/format.h>

namespace vm::run {

namespace {

using schema::Column;
using schema::Identifier;

Column column(char const* name, schema::Type type, bool nullable = false) {
  Column result{Identifier{name}, std::move(type)};
  result.nullable = nullable;
  return result;
}

std::string text_of(Value const& value) {
  auto const* text = std::get_if<std::string>(&value);
  return text ? *text : std::string{};
}

} // namespace

HistoryTable::HistoryTable(std::optional<schema::Identifier> schema, sql::Dialect const& dialect)
    : name_{std::move(schema), Identifier{"vm_history"}},
      dialect_{dialect} {}

void HistoryTable::create(db::Sink& sink, bool if_not_exists) const {
  auto id = column("id", schema::Integer{});
  id.primary_key = true;
  op::CreateTable create{
      schema::Table{name_,
                    {std::move(id), column("revision", schema::String{255}), column("direction", schema::String{16}),
                     column("outcome", schema::String{16}), column("started_at", schema::String{32}),
                     column("seconds", schema::Double{}), column("username", schema::String{255}),
                     column("hostname", schema::String{255}), column("checksum", schema::String{64}),
                     column("vm_version", schema::String{32}), column("error", schema::Text{}, true)},
                    {},
                    {},
                    {},
                    {},
                    {}},
      if_not_exists, false};
  create.table.options.emplace("mysql_charset", std::string{"utf8mb4"});
  create.table.options.emplace("mysql_collate", std::string{"utf8mb4_bin"});
  for (auto const& statement : dialect_.compile(create, nullptr)) sink.execute(statement);
}

void HistoryTable::record(db::Sink& sink, HistoryEntry const& entry) const {
  sql::Statement statement;
  statement.parameters = {entry.revision,   entry.direction,
                          entry.outcome,    entry.started_at,
                          entry.seconds,    entry.username,
                          entry.hostname,   entry.checksum,
                          entry.vm_version, entry.error.empty() ? Value{Null{}} : Value{entry.error}};
  std::string places;
  for (std::size_t i = 0; i < statement.parameters.size(); ++i) {
    if (i > 0) places += ", ";
    places += dialect_.placeholder(i);
  }
  statement.text =
      fmt::format("INSERT INTO {} (revision, direction, outcome, started_at, seconds, username, hostname, checksum, "
                  "vm_version, error) VALUES ({})",
                  dialect_.quote(name_), places);
  sink.execute(statement);
}

std::vector<HistoryEntry> HistoryTable::entries(db::Session& session, std::string const& since,
                                                std::string const& until) const {
  std::string condition;
  std::vector<Value> parameters;
  auto const limit = [&](std::string_view comparison, std::string const& time) {
    if (time.empty()) return;
    condition += fmt::format("{} started_at {} {}", condition.empty() ? " WHERE" : " AND", comparison,
                             dialect_.placeholder(parameters.size()));
    parameters.emplace_back(time);
  };
  limit(">=", since);
  limit("<=", until);
  auto const rows = session.all(
      fmt::format("SELECT revision, direction, outcome, started_at, seconds, username, hostname, checksum, vm_version, "
                  "error FROM {}{} ORDER BY id",
                  dialect_.quote(name_), condition),
      parameters);
  std::vector<HistoryEntry> result;
  result.reserve(rows.size());
  for (auto const& row : rows) {
    HistoryEntry entry;
    entry.revision = text_of(row[0]);
    entry.direction = text_of(row[1]);
    entry.outcome = text_of(row[2]);
    entry.started_at = text_of(row[3]);
    if (auto const* seconds = std::get_if<double>(&row[4])) entry.seconds = *seconds;
    entry.username = text_of(row[5]);
    entry.hostname = text_of(row[6]);
    entry.checksum = text_of(row[7]);
    entry.vm_version = text_of(row[8]);
    entry.error = text_of(row[9]);
    result.push_back(std::move(entry));
  }
  return result;
}

std::vector<HistoryTable::Applied> HistoryTable::applied(db::Session& session) const {
  auto const rows =
      session.all(fmt::format("SELECT revision, checksum, started_at FROM {} WHERE direction = 'upgrade' AND "
                              "outcome = 'done' ORDER BY id",
                              dialect_.quote(name_)));
  std::vector<Applied> result;
  result.reserve(rows.size());
  for (auto const& row : rows) result.push_back({text_of(row[0]), text_of(row[1]), text_of(row[2])});
  return result;
}

} // namespace vm::run

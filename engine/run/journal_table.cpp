#include "engine/run/journal_table.hpp"

#include "engine/core/clock.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace vm::run {

namespace {

using schema::Column;
using schema::Identifier;
using State = JournalEntry::State;
using Kind = JournalEntry::Kind;

constexpr std::array<std::string_view, 5> state_names{"fresh", "open", "sent", "failed", "done"};
constexpr std::array<std::string_view, 3> kind_names{"migration", "operation", "answer"};
constexpr std::size_t longest_text = 4000; // for people; a TEXT of MariaDB holds 65,535 bytes

Column column(char const* name, schema::Type type, bool nullable = false) {
  Column result{Identifier{name}, std::move(type)};
  result.nullable = nullable;
  return result;
}

std::string text_of(Value const& value) {
  if (auto const* text = std::get_if<std::string>(&value)) return *text;
  if (auto const* bytes = std::get_if<Bytes>(&value)) return bytes->data;
  return {};
}

std::int64_t number_of(Value const& value) {
  auto const* number = std::get_if<std::int64_t>(&value);
  return number ? *number : 0;
}

/// Cut between characters.
std::string shortened(std::string text) {
  if (text.size() <= longest_text) return text;
  auto end = longest_text;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) --end;
  text.resize(end);
  return text;
}

std::string hash_of(JournalEntry const& entry) {
  return entry.hash.empty() ? entry.fingerprint.hex() : entry.hash;
}

std::string place_of(JournalEntry const& entry) {
  return entry.place.empty() && !entry.where.file.empty() ? to_string(entry.where) : entry.place;
}

template<class Names>
std::size_t index_of(Names const& names, std::string const& name) {
  auto const found = std::find(names.begin(), names.end(), name);
  return found == names.end() ? 1 : static_cast<std::size_t>(found - names.begin());
}

} // namespace

std::string_view name_of(State state) {
  return state_names[static_cast<std::size_t>(state)];
}

JournalTable::JournalTable(std::optional<schema::Identifier> schema, sql::Dialect const& dialect)
    : name_{std::move(schema), Identifier{"vm_journal"}},
      dialect_{dialect} {}

void JournalTable::create(db::Sink& sink) const {
  schema::PrimaryKey key;
  for (auto const* name : {"revision", "direction", "position"}) key.columns.emplace_back(name);
  op::CreateTable create{
      schema::Table{name_,
                    {column("revision", schema::String{255}), column("direction", schema::String{16}),
                     column("position", schema::Integer{}), column("kind", schema::String{16}),
                     column("state", schema::String{16}), column("operation", schema::Text{}),
                     column("hash", schema::String{64}), column("place", schema::Text{}),
                     column("statements", schema::Binary{}, true), column("statements_done", schema::Integer{}),
                     column("found_before", schema::String{64}), column("rows_affected", schema::BigInt{}),
                     column("answer", schema::Binary{}, true), column("error", schema::Text{}, true),
                     column("changed_at", schema::String{32})},
                    {key},
                    {},
                    {},
                    {},
                    {}},
      true, false};
  create.table.options.emplace("mysql_engine", std::string{"InnoDB"});
  create.table.options.emplace("mysql_charset", std::string{"utf8mb4"});
  create.table.options.emplace("mysql_collate", std::string{"utf8mb4_bin"});
  for (auto const& statement : dialect_.compile(create, nullptr)) sink.execute(statement);
}

void JournalTable::drop(db::Sink& sink) const {
  for (auto const& statement : dialect_.compile(op::DropTable{name_, true, false}, nullptr)) sink.execute(statement);
}

bool JournalTable::is_empty(db::Session& session) const {
  return !session.scalar(fmt::format("SELECT position FROM {} LIMIT 1", dialect_.quote(name_))).has_value();
}

void JournalTable::insert(db::Sink& sink, std::string const& revision, std::string const& direction,
                          std::vector<JournalEntry const*> const& entries) const {
  constexpr std::size_t columns = 15, most_rows = 60;
  auto const time = format_utc(now());
  for (std::size_t first = 0; first < entries.size(); first += most_rows) {
    auto const end = std::min(entries.size(), first + most_rows);
    sql::Statement statement;
    std::string rows;
    for (auto at = first; at < end; ++at) {
      auto const& entry = *entries[at];
      rows += at == first ? "(" : ", (";
      for (std::size_t i = 0; i < columns; ++i) {
        if (i > 0) rows += ", ";
        rows += dialect_.placeholder(statement.parameters.size() + i);
      }
      rows += ")";
      Value const values[columns] = {
          revision,
          direction,
          std::int64_t{entry.position},
          std::string{kind_names[static_cast<std::size_t>(entry.kind)]},
          std::string{name_of(entry.state)},
          shortened(entry.operation),
          hash_of(entry),
          shortened(place_of(entry)),
          entry.statements.empty() ? Value{Null{}} : Value{Bytes{entry.statements}},
          std::int64_t{entry.statements_done},
          entry.found_before,
          entry.rows_affected,
          entry.answer ? Value{*entry.answer} : Value{Null{}},
          entry.error.empty() ? Value{Null{}} : Value{shortened(entry.error)},
          time,
      };
      statement.parameters.insert(statement.parameters.end(), std::begin(values), std::end(values));
    }
    statement.text = fmt::format("INSERT INTO {} (revision, direction, position, kind, state, operation, hash, place, "
                                 "statements, statements_done, found_before, rows_affected, answer, error, changed_at) "
                                 "VALUES {}",
                                 dialect_.quote(name_), rows);
    sink.execute(statement);
  }
}

void JournalTable::update(db::Sink& sink, std::string const& revision, std::string const& direction,
                          JournalEntry const& entry) const {
  sql::Statement statement;
  std::string set;
  auto const add = [&](std::string_view name, Value value) {
    if (!set.empty()) set += ", ";
    set += fmt::format("{} = {}", name, dialect_.placeholder(statement.parameters.size()));
    statement.parameters.push_back(std::move(value));
  };
  add("state", std::string{name_of(entry.state)});
  add("operation", shortened(entry.operation));
  add("hash", hash_of(entry));
  add("place", shortened(place_of(entry)));
  add("statements", entry.statements.empty() ? Value{Null{}} : Value{Bytes{entry.statements}});
  add("statements_done", std::int64_t{entry.statements_done});
  add("found_before", entry.found_before);
  add("rows_affected", entry.rows_affected);
  add("answer", entry.answer ? Value{*entry.answer} : Value{Null{}});
  add("error", entry.error.empty() ? Value{Null{}} : Value{shortened(entry.error)});
  add("changed_at", format_utc(now()));
  auto const first = statement.parameters.size();
  statement.text =
      fmt::format("UPDATE {} SET {} WHERE revision = {} AND direction = {} AND position = {}", dialect_.quote(name_),
                  set, dialect_.placeholder(first), dialect_.placeholder(first + 1), dialect_.placeholder(first + 2));
  statement.parameters.insert(statement.parameters.end(), {revision, direction, std::int64_t{entry.position}});
  sink.execute(statement);
}

void JournalTable::record_failure(db::Sink& sink, std::string const& revision, std::string const& direction,
                                  std::string const& place, std::string const& what) const {
  sql::Statement statement;
  statement.text = fmt::format("UPDATE {} SET place = {}, error = {} WHERE revision = {} AND direction = {} AND "
                               "position = 0",
                               dialect_.quote(name_), dialect_.placeholder(0), dialect_.placeholder(1),
                               dialect_.placeholder(2), dialect_.placeholder(3));
  statement.parameters = {shortened(place), shortened(what), revision, direction};
  sink.execute(statement);
}

void JournalTable::remove(db::Sink& sink, std::string const& revision, std::string const& direction) const {
  sql::Statement statement;
  statement.text = fmt::format("DELETE FROM {} WHERE revision = {} AND direction = {}", dialect_.quote(name_),
                               dialect_.placeholder(0), dialect_.placeholder(1));
  statement.parameters = {revision, direction};
  sink.execute(statement);
}

std::vector<JournalEntry> JournalTable::read(db::Session& session, std::string const& revision,
                                             std::string const& direction) const {
  std::vector<Value> const parameters{revision, direction};
  auto const rows = session.all(
      fmt::format("SELECT position, kind, state, operation, hash, place, statements, statements_done, found_before, "
                  "rows_affected, answer, error, changed_at FROM {} WHERE revision = {} AND direction = {} ORDER BY "
                  "position",
                  dialect_.quote(name_), dialect_.placeholder(0), dialect_.placeholder(1)),
      parameters);
  std::vector<JournalEntry> entries;
  entries.reserve(rows.size());
  for (auto const& row : rows) {
    JournalEntry entry;
    entry.position = static_cast<int>(number_of(row[0]));
    entry.kind = static_cast<Kind>(index_of(kind_names, text_of(row[1])));
    entry.state = static_cast<State>(index_of(state_names, text_of(row[2])));
    entry.operation = text_of(row[3]);
    entry.hash = text_of(row[4]);
    entry.place = text_of(row[5]);
    entry.statements = text_of(row[6]);
    entry.statements_done = static_cast<int>(number_of(row[7]));
    entry.found_before = text_of(row[8]);
    entry.rows_affected = number_of(row[9]);
    if (!is_null(row[10])) entry.answer = Bytes{text_of(row[10])};
    entry.error = text_of(row[11]);
    entry.changed_at = text_of(row[12]);
    entry.is_written = true;
    entries.push_back(std::move(entry));
  }
  return entries;
}

std::vector<UnfinishedMigration> JournalTable::unfinished(db::Session& session) const {
  auto const rows = session.all(
      fmt::format("SELECT revision, direction, position, kind, state, operation, hash, place, statements_done, error, "
                  "changed_at FROM {} ORDER BY revision, direction, position",
                  dialect_.quote(name_)));
  std::vector<UnfinishedMigration> result;
  int number = 0;
  for (auto const& row : rows) {
    auto const revision = text_of(row[0]), direction = text_of(row[1]);
    if (result.empty() || result.back().revision != revision || result.back().direction != direction) {
      result.push_back({});
      result.back().revision = revision;
      result.back().direction = direction;
      number = 0;
    }
    auto& migration = result.back();
    migration.changed_at = std::max(migration.changed_at, text_of(row[10]));
    if (text_of(row[3]) == kind_names[static_cast<std::size_t>(Kind::migration)]) {
      migration.checksum = text_of(row[6]);
      migration.place = text_of(row[7]);
      migration.total = static_cast<int>(number_of(row[8]));
      migration.error = text_of(row[9]);
      continue;
    }
    if (text_of(row[3]) != kind_names[static_cast<std::size_t>(Kind::operation)]) continue;
    ++number;
    migration.pending.reset();
    if (text_of(row[4]) == name_of(State::done)) {
      migration.steps = number;
      continue;
    }
    JournalEntry entry;
    entry.position = static_cast<int>(number_of(row[2]));
    entry.state = static_cast<State>(index_of(state_names, text_of(row[4])));
    entry.operation = text_of(row[5]);
    entry.hash = text_of(row[6]);
    entry.place = text_of(row[7]);
    entry.statements_done = static_cast<int>(number_of(row[8]));
    entry.error = text_of(row[9]);
    migration.pending = std::move(entry);
    migration.pending_number = number;
  }
  return result;
}

} // namespace vm::run

#include "engine/backfill/store.hpp"

#include "engine/core/clock.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <random>

namespace vm::backfill {

namespace {

using schema::Column;
using schema::Identifier;

Column column(char const* name, schema::Type type, bool nullable = true) {
  Column result{Identifier{name}, std::move(type)};
  result.nullable = nullable;
  return result;
}

std::string text_of(Value const& value) {
  auto const* text = std::get_if<std::string>(&value);
  return text ? *text : std::string{};
}

std::int64_t number_of(Value const& value) {
  if (auto const* number = std::get_if<std::int64_t>(&value)) return *number;
  if (auto const* number = std::get_if<double>(&value)) return static_cast<std::int64_t>(*number);
  if (auto const* number = std::get_if<Decimal>(&value)) return std::stoll(number->text);
  return 0;
}

double real_of(Value const& value) {
  if (auto const* number = std::get_if<double>(&value)) return *number;
  return static_cast<double>(number_of(value));
}

double unix_seconds() {
  return std::chrono::duration<double>(now().time_since_epoch()).count();
}

std::string utc(double seconds) {
  return format_utc(TimePoint{std::chrono::duration_cast<TimePoint::duration>(std::chrono::duration<double>(seconds))});
}

constexpr std::string_view progress_columns =
    "job, revision, definition, state, rows_done, rows_changed, rows_total, started, updated, resumed, resumed_rows";

Progress progress_of(std::vector<Value> const& row) {
  Progress progress;
  progress.job = text_of(row[0]);
  progress.revision = text_of(row[1]);
  progress.definition = text_of(row[2]);
  progress.done = text_of(row[3]) == "done";
  progress.rows_done = number_of(row[4]);
  progress.rows_changed = number_of(row[5]);
  progress.rows_total = std::max(number_of(row[6]), progress.rows_done);
  progress.started_at = utc(real_of(row[7]));
  progress.updated_at = utc(real_of(row[8]));
  progress.seconds_since_update = std::max(0.0, unix_seconds() - real_of(row[8]));
  auto const seconds = real_of(row[8]) - real_of(row[9]);
  auto const rows = progress.rows_done - number_of(row[10]);
  if (seconds > 0 && rows > 0) {
    progress.rate = static_cast<double>(rows) / seconds;
    progress.seconds_left = static_cast<double>(progress.rows_total - progress.rows_done) / progress.rate;
  }
  return progress;
}

} // namespace

void Store::create(db::Session& session) const {
  op::CreateTable create{
      schema::Table{name_,
                    {column("job", schema::String{255}, false), column("kind", schema::String{16}, false),
                     column("number", schema::BigInt{}, false), column("revision", schema::String{255}),
                     column("definition", schema::Text{}), column("state", schema::String{16}),
                     column("lower_key", schema::Text{}), column("upper_key", schema::Text{}),
                     column("rows_done", schema::BigInt{}), column("rows_changed", schema::BigInt{}),
                     column("rows_total", schema::BigInt{}), column("started", schema::Double{}),
                     column("updated", schema::Double{}), column("resumed", schema::Double{}),
                     column("resumed_rows", schema::BigInt{}), column("error", schema::Text{})},
                    {schema::PrimaryKey{std::nullopt, {Identifier{"job"}, Identifier{"kind"}, Identifier{"number"}}}},
                    {},
                    {},
                    {},
                    {}},
      true, false};
  create.table.options.emplace("mysql_engine", std::string{"InnoDB"});
  create.table.options.emplace("mysql_charset", std::string{"utf8mb4"});
  create.table.options.emplace("mysql_collate", std::string{"utf8mb4_bin"});
  for (auto const& statement : dialect_.compile(create, nullptr)) session.execute(statement.text);
}

void Store::drop(db::Session& session) const {
  session.execute(fmt::format("DROP TABLE {}", quoted()));
}

bool Store::is_empty(db::Session& session) const {
  return session.all(fmt::format("SELECT 1 FROM {} LIMIT 1", quoted())).empty();
}

bool Store::is_there(db::Session& session) const {
  try {
    is_empty(session);
    return true;
  } catch (DatabaseError const& error) {
    if (error.kind == DatabaseErrorKind::connection_lost) throw;
    return false;
  }
}

std::string Store::where(std::string_view kind) const {
  return fmt::format("WHERE job = {} AND kind = '{}'", place(0), kind);
}

std::vector<Progress> Store::all(db::Session& session) const {
  std::vector<Progress> result;
  for (auto const& row : session.all(
           fmt::format("SELECT {} FROM {} WHERE kind = 'job' ORDER BY started, job", progress_columns, quoted()))) {
    result.push_back(progress_of(row));
    auto& last = result.back();
    std::vector<Value> const parameters{last.job};
    last.rows_skipped =
        number_of(*session.scalar(fmt::format("SELECT count(*) FROM {} {}", quoted(), where("skipped")), parameters));
  }
  return result;
}

std::optional<Progress> Store::find(db::Session& session, std::string const& job) const {
  std::vector<Value> const parameters{job};
  auto const rows =
      session.all(fmt::format("SELECT {} FROM {} {}", progress_columns, quoted(), where("job")), parameters);
  if (rows.empty()) return std::nullopt;
  auto progress = progress_of(rows.front());
  progress.rows_skipped =
      number_of(*session.scalar(fmt::format("SELECT count(*) FROM {} {}", quoted(), where("skipped")), parameters));
  return progress;
}

void Store::insert_job(db::Session& session, std::string const& job, std::string const& revision,
                       std::string const& definition, std::int64_t rows_total) const {
  auto const time = unix_seconds();
  std::vector<Value> const parameters{job, revision, definition, rows_total, time, time, time};
  session.execute(
      fmt::format(
          "INSERT INTO {} (job, kind, number, revision, definition, state, rows_done, rows_changed, rows_total, "
          "started, updated, resumed, resumed_rows) VALUES ({}, 'job', 0, {}, {}, 'running', 0, 0, {}, {}, {}, "
          "{}, 0)",
          quoted(), place(0), place(1), place(2), place(3), place(4), place(5), place(6)),
      parameters);
}

void Store::resume_job(db::Session& session, std::string const& job) const {
  auto const time = unix_seconds();
  std::vector<Value> const parameters{time, time, job};
  session.execute(fmt::format("UPDATE {} SET resumed = {}, updated = {}, resumed_rows = rows_done WHERE job = {} AND "
                              "kind = 'job'",
                              quoted(), place(0), place(1), place(2)),
                  parameters);
}

void Store::touch(db::Session& session, std::string const& job) const {
  std::vector<Value> const parameters{unix_seconds(), job};
  session.execute(
      fmt::format("UPDATE {} SET updated = {} WHERE job = {} AND kind = 'job'", quoted(), place(0), place(1)),
      parameters);
}

void Store::finish_job(db::Session& session, std::string const& job) const {
  std::vector<Value> const parameters{unix_seconds(), job};
  session.execute(fmt::format("UPDATE {} SET state = 'done', updated = {} WHERE job = {} AND kind = 'job'", quoted(),
                              place(0), place(1)),
                  parameters);
}

Store::Frontier Store::lock_frontier(db::Session& session, std::string const& job) const {
  std::vector<Value> const parameters{job};
  auto const rows = session.all(fmt::format("SELECT upper_key, state, lower_key FROM {} "
                                            "{}{}",
                                            quoted(), where("job"), skip_locked_ ? " FOR UPDATE" : ""),
                                parameters);
  if (rows.empty()) return {std::nullopt, 0, true};
  Frontier frontier;
  if (auto const text = text_of(rows[0][0]); !text.empty()) frontier.key = decode(text);
  frontier.exhausted = text_of(rows[0][1]) != "running";
  // The number of the next range stands beside the frontier.
  if (auto const text = text_of(rows[0][2]); !text.empty()) frontier.next_number = std::stoll(text);
  return frontier;
}

void Store::advance(db::Session& session, std::string const& job, Range const& range) const {
  std::vector<Value> const inserted{job, range.number, range.after ? Value{encode(*range.after)} : Value{Null{}},
                                    encode(range.upto), range.rows};
  session.execute(
      fmt::format(
          "INSERT INTO {} (job, kind, number, lower_key, upper_key, rows_total) VALUES ({}, 'range', {}, {}, {}, {})",
          quoted(), place(0), place(1), place(2), place(3), place(4)),
      inserted);
  std::vector<Value> const moved{encode(range.upto), std::to_string(range.number + 1), job};
  session.execute(fmt::format("UPDATE {} SET upper_key = {}, lower_key = {} WHERE job = {} AND kind = 'job'", quoted(),
                              place(0), place(1), place(2)),
                  moved);
}

void Store::exhaust(db::Session& session, std::string const& job) const {
  std::vector<Value> const parameters{job};
  session.execute(fmt::format("UPDATE {} SET state = 'planned' {} AND state = 'running'", quoted(), where("job")),
                  parameters);
}

std::vector<Range> Store::open_ranges(db::Session& session, std::string const& job) const {
  std::vector<Value> const parameters{job};
  std::vector<Range> result;
  for (auto const& row : session.all(fmt::format("SELECT number, lower_key, upper_key, rows_total FROM {} {} ORDER BY "
                                                 "number",
                                                 quoted(), where("range")),
                                     parameters)) {
    Range range;
    range.number = number_of(row[0]);
    if (!is_null(row[1])) range.after = decode(text_of(row[1]));
    range.upto = decode(text_of(row[2]));
    range.rows = number_of(row[3]);
    result.push_back(std::move(range));
  }
  return result;
}

bool Store::claim(db::Session& session, std::string const& job, std::int64_t number) const {
  std::vector<Value> const parameters{job, number};
  return !session
              .all(fmt::format("SELECT number FROM {} {} AND number = {}{}", quoted(), where("range"), place(1),
                               skip_locked_ ? " FOR UPDATE SKIP LOCKED" : ""),
                   parameters)
              .empty();
}

std::int64_t Store::finish_range(db::Session& session, std::string const& job, std::int64_t number, std::int64_t rows,
                                 std::int64_t changed) const {
  std::vector<Value> const removed{job, number};
  session.execute(fmt::format("DELETE FROM {} {} AND number = {}", quoted(), where("range"), place(1)), removed);
  std::vector<Value> const counted{rows, changed, unix_seconds(), job};
  session.execute(
      fmt::format("UPDATE {} SET rows_done = rows_done + {}, rows_changed = rows_changed + {}, updated = {} "
                  "WHERE job = {} AND kind = 'job'",
                  quoted(), place(0), place(1), place(2), place(3)),
      counted);
  std::vector<Value> const asked{job};
  auto const done = session.scalar(fmt::format("SELECT rows_done FROM {} {}", quoted(), where("job")), asked);
  return done ? number_of(*done) : 0;
}

void Store::skip_row(db::Session& session, std::string const& job, std::string const& revision, std::string const& key,
                     std::string const& error) const {
  // Several processes skip at the same time: a random number needs no agreement.
  static thread_local std::mt19937_64 random{std::random_device{}()};
  auto const number = static_cast<std::int64_t>(random() >> 2);
  std::vector<Value> const parameters{job, number, revision, key, error};
  session.execute(
      fmt::format(
          "INSERT INTO {} (job, kind, number, revision, upper_key, error) VALUES ({}, 'skipped', {}, {}, {}, {})",
          quoted(), place(0), place(1), place(2), place(3), place(4)),
      parameters);
}

std::vector<Skipped> Store::skipped(db::Session& session, std::string const& job, std::int64_t most) const {
  std::vector<Value> const parameters{job};
  std::vector<Skipped> result;
  for (auto const& row : session.all(fmt::format("SELECT upper_key, error FROM {} {} ORDER BY upper_key LIMIT {}",
                                                 quoted(), where("skipped"), most),
                                     parameters))
    result.push_back({text_of(row[0]), text_of(row[1])});
  return result;
}

void Store::forget(db::Session& session, std::string const& revision, bool with_skipped) const {
  std::vector<Value> const parameters{revision};
  session.execute(
      fmt::format("DELETE FROM {0} WHERE kind <> 'skipped' AND job IN (SELECT job FROM (SELECT job FROM {0} "
                  "WHERE kind = 'job' AND revision = {1}) AS done)",
                  quoted(), place(0)),
      parameters);
  if (with_skipped)
    session.execute(fmt::format("DELETE FROM {} WHERE kind = 'skipped' AND revision = {}", quoted(), place(0)),
                    parameters);
}

} // namespace vm::backfill

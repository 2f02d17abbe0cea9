#include "engine/backfill/backfill.hpp"

#include "engine/backfill/worker.hpp"
#include "engine/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

namespace vm::backfill {

namespace {

constexpr std::int64_t worth_an_estimate = 2'000'000; ///< rows from which counting takes too long

std::vector<std::string> names_of(std::vector<schema::Identifier> const& identifiers) {
  std::vector<std::string> names;
  for (auto const& each : identifiers) names.push_back(each.text());
  return names;
}

std::vector<schema::Identifier> primary_key(schema::Table const& table) {
  std::vector<schema::Identifier> key;
  for (auto const& constraint : table.constraints)
    if (auto const* primary = std::get_if<schema::PrimaryKey>(&constraint)) return primary->columns;
  for (auto const& column : table.columns)
    if (column.primary_key) key.push_back(column.name);
  return key;
}

bool same(std::vector<schema::Identifier> left, std::vector<schema::Identifier> right) {
  auto by_name = [](auto const& a, auto const& b) { return a.text() < b.text(); };
  std::ranges::sort(left, by_name);
  std::ranges::sort(right, by_name);
  return left == right;
}

/// Whether no two rows have the same key.
bool is_unique(schema::Table const& table, std::vector<schema::Identifier> const& key) {
  if (same(primary_key(table), key)) return true;
  for (auto const& constraint : table.constraints)
    if (auto const* unique = std::get_if<schema::UniqueConstraint>(&constraint); unique && same(unique->columns, key))
      return true;
  for (auto const& index : table.indexes) {
    if (!index.unique || index.where) continue;
    std::vector<schema::Identifier> columns;
    for (auto const& element : index.elements) {
      auto const* name = std::get_if<schema::Identifier>(&element.what);
      if (name == nullptr || element.length) return false;
      columns.push_back(*name);
    }
    if (same(columns, key)) return true;
  }
  if (key.size() != 1) return false;
  auto const* column = table.find_column(key.front());
  return column != nullptr && (column->unique || (column->primary_key && primary_key(table).size() == 1));
}

schema::Column const& column_of(schema::Table const& table, schema::Identifier const& name, std::string_view what) {
  if (auto const* found = table.find_column(name)) return *found;
  std::vector<std::string> known;
  for (auto const& column : table.columns) known.push_back(column.name.text());
  UsageError error{fmt::format("{} '{}' is no column of table '{}'", what, name.text(), schema::to_string(table.name))};
  if (auto const near = nearest_name(name.text(), known)) error.add_hint({fmt::format("did you mean '{}'?", *near)});
  throw error;
}

void check_key(schema::Table const& table, std::vector<schema::Identifier> const& key, db::BulkPath const& path) {
  auto const shown = schema::to_string(table.name);
  if (key.empty()) {
    throw UsageError{fmt::format("table '{}' has no primary key, which a backfill goes along", shown),
                     Hint{"name the columns of a unique index: key = \"id\" or key = { \"a\", \"b\" }"}};
  }
  auto const& primary = primary_key(table);
  for (auto const& name : key) {
    auto const& column = column_of(table, name, "the key");
    bool const is_primary = std::ranges::find(primary, name) != primary.end();
    if (column.nullable && !is_primary && !column.primary_key) {
      throw UsageError{
          fmt::format("the key column '{}' of table '{}' may be NULL: such rows would be left out", name.text(), shown),
          Hint{"take another key, or make the column NOT NULL first"}};
    }
    if (auto const problem = path.key_problem(column.type); !problem.empty()) {
      throw UsageError{fmt::format("the column '{}' cannot be the key of a backfill: {}", name.text(), problem),
                       Hint{"name other columns as `key`"}};
    }
  }
  if (!is_unique(table, key)) {
    throw UsageError{fmt::format("the key ({}) of table '{}' is not unique: two rows could not be told apart",
                                 vm::join(names_of(key), ", "), shown),
                     Hint{"name the columns of the primary key or of a unique index"}};
  }
}

std::string cell_text(op::Cell const& cell, sql::Dialect const& dialect) {
  auto const* value = std::get_if<Value>(&cell);
  return value ? dialect.literal(*value) : std::get<schema::Expression>(cell).sql;
}

std::int64_t count_rows(Job const& job, Context const& context) {
  auto const number = [](std::optional<Value> const& value) -> std::int64_t {
    if (!value) return 0;
    if (auto const* integer = std::get_if<std::int64_t>(&*value)) return *integer;
    if (auto const* decimal = std::get_if<Decimal>(&*value)) return std::strtoll(decimal->text.c_str(), nullptr, 10);
    return 0;
  };
  if (auto const text = context.path.estimate(context.dialect, job.asked.table); !text.empty()) {
    auto const rows = number(context.main.scalar(text));
    if (rows >= worth_an_estimate) return rows;
  }
  return number(context.main.scalar(fmt::format("SELECT count(*) FROM {}", job.table.name)));
}

std::string number_text(std::int64_t number) {
  auto text = std::to_string(number);
  for (auto place = static_cast<std::ptrdiff_t>(text.size()) - 3; place > 0; place -= 3)
    text.insert(static_cast<std::size_t>(place), 1, ',');
  return text;
}

/// The workers of this process, until none of them finds anything to do.
void work(Job const& job, op::TransformSource* function, Shared& shared) {
  auto const& context = shared.context();
  int workers = job.asked.workers;
  if (context.path.is_in_process() && workers > 1) {
    context.warn("this database has one writer at a time: the backfill runs with one worker");
    workers = 1;
  }
  shared.set_workers(workers);
  std::vector<std::unique_ptr<op::Transform>> transforms;
  if (function) {
    function->prepare(job.columns, job.key_count);
    transforms.push_back(function->here());
    for (int i = 1; i < workers; ++i) transforms.push_back(function->elsewhere());
  }
  auto const transform = [&](int index) {
    return transforms.empty() ? nullptr : transforms[static_cast<std::size_t>(index)].get();
  };
  std::vector<std::unique_ptr<Worker>> crew;
  for (int i = 0; i < workers; ++i)
    crew.push_back(std::make_unique<Worker>(shared, workers > 1 ? i + 1 : 0,
                                            context.path.needs(context.main) ? &context.main : nullptr));
  std::vector<std::thread> threads;
  struct Join {
    std::vector<std::thread>& threads;
    ~Join() {
      for (auto& thread : threads) thread.join();
    }
  };
  {
    Join const join{threads};
    for (int i = 1; i < workers; ++i)
      threads.emplace_back([&, i] { crew[static_cast<std::size_t>(i)]->run(transform(i), false); });
    crew[0]->run(transform(0), true);
  }
}

void run_until_done(Job const& job, op::TransformSource* function, Store const& store, Context const& context,
                    Shared& shared) {
  do {
    work(job, function, shared);
    shared.deliver();
  } while (!shared.is_stopping() && !store.open_ranges(context.main, job.id).empty());
  if (!context.interrupted()) {
    shared.rethrow();
    return;
  }
  try {
    shared.rethrow();
  } catch (DatabaseError const& error) {
    // What the server says about a statement that was cancelled is our own doing.
    if (error.kind != DatabaseErrorKind::interrupted) throw;
  }
  auto const progress = store.find(context.main, job.id);
  throw Interrupted{fmt::format("interrupted: the backfill of '{}' stopped after {} of {} rows",
                                schema::to_string(job.asked.table), number_text(progress ? progress->rows_done : 0),
                                number_text(progress ? progress->rows_total : 0))};
}

void tell_skipped(Job const& job, Store const& store, Context const& context) {
  auto const progress = store.find(context.main, job.id);
  if (!progress || progress->rows_skipped == 0) return;
  auto const first = store.skipped(context.main, job.id, 1);
  context.warn(fmt::format(
      "the backfill of '{}' skipped {} row{} (first: {}: {}); vm_backfill keeps {}, `vm run backfill` "
      "shows {}",
      schema::to_string(job.asked.table), number_text(progress->rows_skipped), progress->rows_skipped == 1 ? "" : "s",
      first.empty() ? "" : first[0].key, first.empty() ? "" : first[0].error,
      progress->rows_skipped == 1 ? "it" : "them", progress->rows_skipped == 1 ? "it" : "them"));
}

} // namespace

Job prepare(Name const& name, Definition definition, schema::Table const& table, sql::Dialect const& dialect,
            db::BulkPath const& path) {
  auto& asked = definition.job;
  if (asked.key.empty()) asked.key = primary_key(table);
  check_key(table, asked.key, path);
  auto columns = names_of(asked.key);
  std::vector<std::string> keys, selected;
  for (auto const& key : asked.key) keys.push_back(dialect.quote(key));
  selected = keys;
  for (auto const& column : asked.columns) {
    column_of(table, column, "the column");
    if (std::ranges::find(columns, column.text()) != columns.end()) continue;
    columns.push_back(column.text());
    selected.push_back(dialect.quote(column));
  }
  auto const key_count = keys.size();
  if (!path.guard().empty()) selected.push_back(path.guard());
  Job job{.id = fmt::format("{}:{}:{}", name.revision, name.direction, name.number),
          .revision = name.revision,
          .number = name.number,
          .definition = {},
          .asked = asked,
          .table = {dialect.quote(asked.table), keys, names_of(asked.key), table, asked.where.has_value()},
          .columns = std::move(columns),
          .key_count = key_count,
          .keys = KeyText{keys, dialect, path.row_values_use_index()},
          .select = fmt::format("SELECT {} FROM {} WHERE ", vm::join(selected, ", "), dialect.quote(asked.table)),
          .width = selected.size(),
          .where = asked.where ? fmt::format(" AND ({}\n)", *asked.where) : "",
          .set = {},
          .set_differs = {}};
  for (auto const& [column, cell] : asked.set) {
    column_of(table, column, "set:");
    if (std::ranges::find(asked.key, column) != asked.key.end())
      throw UsageError{fmt::format("a backfill cannot change its key '{}'", column.text()),
                       Hint{"go along another unique key: key = …"}};
    auto const text = cell_text(cell, dialect);
    auto const quoted = dialect.quote(column);
    job.set += fmt::format("{}{} = {}", job.set.empty() ? "" : ", ", quoted, text);
    auto const differs = path.differs(quoted, text);
    if (!differs.empty()) job.set_differs += fmt::format("{}{}", job.set_differs.empty() ? " AND (" : " OR ", differs);
  }
  if (!job.set_differs.empty()) job.set_differs += ")";
  job.definition = write(definition, dialect);
  return job;
}

void run(Job const& job, op::TransformSource* function, Store const& store, Context const& context) {
  auto progress = store.find(context.main, job.id);
  if (progress && meaning(progress->definition) != meaning(job.definition)) {
    MigrationError error{fmt::format("the unfinished backfill of '{}' was started with another definition",
                                     schema::to_string(job.asked.table)),
                         Hint{"restore the script, or give the backfill up with `vm run backfill --forget " +
                              job.revision + "` and start it over"}};
    error.add_note({"started with", meaning(progress->definition)});
    error.add_note({"now", meaning(job.definition)});
    throw error;
  }
  if (progress && progress->done) return;
  Shared shared{job, store, context, false};
  shared.look_at_replicas();
  if (!progress) {
    store.insert_job(context.main, job.id, job.revision, job.definition, count_rows(job, context));
    progress = store.find(context.main, job.id);
  } else {
    store.resume_job(context.main, job.id);
  }
  shared.start_counting(*progress);
  shared.adopt(store.open_ranges(context.main, job.id));
  shared.wait_for_replicas(context.main);
  run_until_done(job, function, store, context, shared);
  store.finish_job(context.main, job.id);
  shared.tick(true);
  tell_skipped(job, store, context);
}

void join(Job const& job, op::TransformSource* function, Store const& store, Context const& context) {
  auto const progress = store.find(context.main, job.id);
  if (!progress || progress->done) return;
  Shared shared{job, store, context, true};
  shared.look_at_replicas();
  shared.start_counting(*progress);
  try {
    run_until_done(job, function, store, context, shared);
  } catch (DatabaseError const& error) {
    // The process that began it may have ended it meanwhile and taken the table away.
    if (error.kind == DatabaseErrorKind::connection_lost || store.is_there(context.main)) throw;
  }
  shared.tick(true);
}

std::string as_statement(op::Backfill const& job, sql::Dialect const& dialect) {
  std::string set;
  for (auto const& [column, cell] : job.set)
    set += fmt::format("{}{} = {}", set.empty() ? "" : ", ", dialect.quote(column), cell_text(cell, dialect));
  return fmt::format("UPDATE {} SET {}{}", dialect.quote(job.table), set, job.where ? " WHERE " + *job.where : "");
}

} // namespace vm::backfill

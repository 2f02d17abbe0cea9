#include "engine/run/losses.hpp"

#include "engine/core/files.hpp"
#include "engine/core/text.hpp"
#include "engine/script/directory.hpp"
#include "engine/sql/lexer.hpp"
#include "engine/sql/split.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vm::run {

namespace {

constexpr double counting_limit = 2;

/// Thrown to leave a script at the first question for rows.
class CannotTell : public Error {
 public:
  using Error::Error;
};

class RecordingTarget : public op::Target {
 public:
  RecordingTarget(Environment& environment, Losses& losses)
      : environment_{environment},
        losses_{losses},
        capabilities_{environment.dialect().capabilities()},
        naming_{environment.naming(environment.dialect())} {
    surroundings_.dialect = std::string{environment.dialect().name()};
    surroundings_.server_version = environment.session().server().version;
    surroundings_.direction = "downgrade";
  }

  std::string revision;

  op::Surroundings const& surroundings() const override { return surroundings_; }
  schema::NamingConvention const& naming() const override { return naming_; }

  op::Outcome apply(op::Operation const& operation, Location const&) override {
    if (auto const* drop = std::get_if<op::DropTable>(&operation)) add(drop->table, std::nullopt);
    if (auto const* drop = std::get_if<op::DropColumn>(&operation)) add(drop->table, drop->column);
    if (auto const* batch = std::get_if<op::BatchAlterTable>(&operation))
      for (auto const& each : batch->operations) apply(each, {});
    if (auto const* execute = std::get_if<op::ExecuteSql>(&operation))
      for (auto const& text : execute->texts) read_sql(text);
    return {};
  }

  std::unique_ptr<op::Rows> query(std::string const&, std::optional<op::Parameters> const&,
                                  Location const& where) override {
    losses_.unknown.push_back(
        fmt::format("what '{}' drops cannot be foreseen: it asks the database at {}", revision, to_string(where)));
    throw CannotTell{"only the database has the answer"};
  }

  schema::Catalog inspect(op::InspectScope const& scope, Location const&) override {
    return environment_.inspector().read(scope);
  }

  void autocommit_block(std::function<void()> const& body, Location const&) override { body(); }

  /// DROP TABLE and ALTER TABLE … DROP COLUMN in statements of a person's own.
  void read_sql(std::string_view text) {
    for (auto const& piece : sql::split(text, capabilities_)) {
      sql::Lexer lexer{piece.text, capabilities_};
      auto token = lexer.next_significant();
      bool const alter = token.is("ALTER"), drop = token.is("DROP");
      if (!alter && !drop) continue;
      token = lexer.next_significant();
      if (!token.is("TABLE")) continue;
      token = lexer.next_significant();
      for (auto const* word : {"IF", "EXISTS", "ONLY"})
        if (token.is(word)) token = lexer.next_significant();
      if (drop) {
        for (;; token = lexer.next_significant()) {
          auto const table = read_name(lexer, token);
          if (!table) break;
          add(*table, std::nullopt);
          if (!token.is(',')) break;
        }
        continue;
      }
      auto const table = read_name(lexer, token);
      int depth = 0;
      for (; table && token.kind != sql::TokenKind::end; token = lexer.next_significant()) {
        if (token.is('(')) ++depth;
        if (token.is(')')) --depth;
        if (depth != 0 || !token.is("DROP")) continue;
        token = lexer.next_significant();
        if (token.is("COLUMN")) token = lexer.next_significant();
        for (auto const* word : {"IF", "EXISTS"})
          if (token.is(word)) token = lexer.next_significant();
        auto const other = {"CONSTRAINT", "INDEX",     "KEY", "PRIMARY",  "FOREIGN",   "CHECK",
                            "DEFAULT",    "PARTITION", "NOT", "IDENTITY", "EXPRESSION"};
        if (std::any_of(other.begin(), other.end(), [&](char const* word) { return token.is(word); })) continue;
        if (auto const column = name_of(token)) add(*table, schema::Identifier{*column});
      }
    }
  }

 private:
  static std::optional<std::string> name_of(sql::Token const& token) {
    if (token.kind == sql::TokenKind::word) return std::string{token.text};
    if (token.kind != sql::TokenKind::quoted_name || token.text.size() < 3) return std::nullopt;
    return std::string{token.text.substr(1, token.text.size() - 2)};
  }

  /// A name with its schema; `token` is then what follows.
  static std::optional<schema::TableName> read_name(sql::Lexer& lexer, sql::Token& token) {
    auto const first = name_of(token);
    if (!first) return std::nullopt;
    token = lexer.next_significant();
    if (!token.is('.')) return schema::TableName{std::nullopt, schema::Identifier{*first}};
    token = lexer.next_significant();
    auto const second = name_of(token);
    if (!second) return std::nullopt;
    token = lexer.next_significant();
    return schema::TableName{schema::Identifier{*first}, schema::Identifier{*second}};
  }

  void add(schema::TableName const& table, std::optional<schema::Identifier> column) {
    auto const is_known = [&](Loss const& loss) {
      return loss.table == table && (!loss.column || loss.column == column);
    };
    if (std::any_of(losses_.drops.begin(), losses_.drops.end(), is_known)) return;
    losses_.drops.push_back({revision, table, std::move(column), {}, {}});
  }

  Environment& environment_;
  Losses& losses_;
  sql::Capabilities const& capabilities_;
  schema::NamingConvention naming_;
  op::Surroundings surroundings_;
};

/// Fills in the numbers; false when the table or the column is not there.
bool count(Environment& environment, Loss& loss) {
  if (!environment.inspector().has_table(loss.table)) return false;
  auto& session = environment.session();
  auto const& dialect = environment.dialect();
  if (loss.column) {
    op::InspectScope scope;
    scope.tables = {loss.table};
    scope.tables_only = true;
    auto const catalog = environment.inspector().read(scope);
    if (catalog.tables.empty()) return false;
    auto const& columns = catalog.tables.begin()->second.columns;
    bool const is_there = std::any_of(columns.begin(), columns.end(),
                                      [&](schema::Column const& column) { return column.name == *loss.column; });
    if (!is_there) return false;
  }
  try {
    auto const rows = session.all(fmt::format(
        "SELECT count(*){} FROM {}", loss.column ? fmt::format(", count({})", dialect.quote(*loss.column)) : "",
        dialect.quote(loss.table)));
    if (auto const* number = std::get_if<std::int64_t>(&rows.at(0).at(0))) loss.rows = *number;
    if (loss.column)
      if (auto const* number = std::get_if<std::int64_t>(&rows.at(0).at(1))) loss.values = *number;
  } catch (DatabaseError const&) {
    if (environment.interrupted()) throw Interrupted{"interrupted"};
    loss.rows.reset(); // too many to count in the time, or not ours to read
  }
  return true;
}

} // namespace

Losses foresee_losses(Environment& environment, graph::Plan const& plan) {
  Losses losses;
  RecordingTarget target{environment, losses};
  auto const quiet = environment.silence_scripts();
  for (auto const& step : plan.steps) {
    if (!step.revision || step.direction != graph::Direction::downgrade) continue;
    auto const& header = environment.header(*step.revision);
    target.revision = header.revision;
    auto const known = losses.unknown.size();
    try {
      if (header.language == script::Language::lua) {
        environment.host().run(header, step.direction, target);
      } else if (auto const section = script::sql_section(read_file(header.path), "downgrade")) {
        target.read_sql(section->text);
      }
    } catch (Error const& error) {
      if (environment.interrupted()) throw Interrupted{"interrupted"};
      if (losses.unknown.size() == known)
        losses.unknown.push_back(
            fmt::format("what '{}' drops cannot be foreseen: {}", header.revision, error.message()));
    }
  }
  environment.session().set_statement_timeout(counting_limit);
  std::erase_if(losses.drops, [&](Loss& loss) { return !count(environment, loss); });
  environment.session().set_statement_timeout(environment.config().statement_timeout);
  return losses;
}

std::string describe(Loss const& loss) {
  auto const counted = loss.rows ? fmt::format("{} row{}", *loss.rows, *loss.rows == 1 ? "" : "s")
                                 : std::string{"rows not counted: it takes too long"};
  if (!loss.column) return fmt::format("table '{}' ({})", schema::to_string(loss.table), counted);
  auto const name = fmt::format("{}.{}", schema::to_string(loss.table), loss.column->text());
  if (!loss.values) return fmt::format("column '{}' ({})", name, counted);
  return fmt::format("column '{}' ({} of {} hold{} a value)", name, *loss.values, counted, *loss.rows == 1 ? "s" : "");
}

} // namespace vm::run

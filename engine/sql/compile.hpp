// Operations into statements: what all databases share. A dialect derives from Compiler and overrides what differs,
// from one clause to a whole operation. Asks the live database nothing unless a dialect must; refuses, with the way
// round, before the first statement.
#pragma once

#include "engine/sql/dialect.hpp"
#include "engine/sql/options.hpp"

namespace vm::sql {

/// One operation on its way: what may be asked, and what came out so far.
struct Compilation {
  Existing const* existing = nullptr; ///< null offline
  std::vector<Statement> statements;

  void add(std::string text) { statements.push_back({.text = std::move(text)}); }
  void add_outside_transaction(std::string text) {
    statements.push_back({.text = std::move(text), .outside_transaction = true});
  }
  /// The database as it is now, or null when it is only known from earlier operations of the run, or not at all.
  Existing const* live() const { return existing != nullptr && existing->live() ? existing : nullptr; }
};

/// A column and what the table makes of it.
struct ColumnPlace {
  schema::Column const& column;
  bool in_key = false;                  ///< part of the primary key: NOT NULL
  bool writes_key = false;              ///< PRIMARY KEY stands at the column
  bool generates = false;               ///< the database makes its values
  bool writes_constraints = false;      ///< unique, check and references stand at the column (ADD COLUMN)
  schema::Table const* table = nullptr; ///< absent for ADD COLUMN
};

class Compiler : public Dialect {
 public:
  using Dialect::quote;

  std::vector<Statement> compile(op::Operation const& operation, Existing const* existing) const override;
  std::string_view begin_statement() const override { return "BEGIN"; }
  bool commits_implicitly(std::string_view) const override { return false; }

  /// How the database is called in messages: "SQLite".
  virtual std::string_view product() const = 0;

 protected:
  /// Appends what `operation` becomes; the operation's name is put in front of a refusal.
  void compile_into(op::Operation const& operation, Compilation& out) const;

  // One function an operation. The defaults are what standard SQL has.
  virtual void create_table(op::CreateTable const& operation, Compilation& out) const;
  virtual void drop_table(op::DropTable const& operation, Compilation& out) const;
  virtual void rename_table(op::RenameTable const& operation, Compilation& out) const;
  virtual void add_column(op::AddColumn const& operation, Compilation& out) const;
  virtual void drop_column(op::DropColumn const& operation, Compilation& out) const;
  virtual void alter_column(op::AlterColumn const& operation, Compilation& out) const = 0;
  virtual void create_index(op::CreateIndex const& operation, Compilation& out) const;
  virtual void drop_index(op::DropIndex const& operation, Compilation& out) const;
  /// CreatePrimaryKey, CreateUniqueConstraint, CreateForeignKey, CreateCheckConstraint, CreateExcludeConstraint.
  virtual void create_constraint(schema::TableName const& table, schema::Constraint const& constraint,
                                 Compilation& out) const;
  virtual void validate_constraint(op::ValidateConstraint const& operation, Compilation& out) const;
  virtual void drop_constraint(op::DropConstraint const& operation, Compilation& out) const;
  virtual void create_table_comment(op::CreateTableComment const& operation, Compilation& out) const;
  virtual void drop_table_comment(op::DropTableComment const& operation, Compilation& out) const;
  virtual void create_schema(op::CreateSchema const& operation, Compilation& out) const;
  virtual void drop_schema(op::DropSchema const& operation, Compilation& out) const;
  virtual void create_enum(op::CreateEnum const& operation, Compilation& out) const; ///< nothing, unless overridden
  virtual void drop_enum(op::DropEnum const& operation, Compilation& out) const;     ///< nothing, unless overridden
  virtual void alter_enum(op::AlterEnum const& operation, Compilation& out) const = 0;
  virtual void create_view(op::CreateView const& operation, Compilation& out) const;
  virtual void drop_view(op::DropView const& operation, Compilation& out) const;
  virtual void refresh_materialized_view(op::RefreshMaterializedView const& operation, Compilation& out) const;
  virtual void create_function(op::CreateFunction const& operation, Compilation& out) const;
  virtual void drop_function(op::DropFunction const& operation, Compilation& out) const;
  virtual void create_trigger(op::CreateTrigger const& operation, Compilation& out) const = 0;
  virtual void drop_trigger(op::DropTrigger const& operation, Compilation& out) const = 0;
  virtual void create_sequence(op::CreateSequence const& operation, Compilation& out) const;
  virtual void drop_sequence(op::DropSequence const& operation, Compilation& out) const;
  virtual void create_extension(op::CreateExtension const& operation, Compilation& out) const;
  virtual void drop_extension(op::DropExtension const& operation, Compilation& out) const;
  virtual void bulk_insert(op::BulkInsert const& operation, Compilation& out) const;
  virtual void insert(op::Insert const& operation, Compilation& out) const;
  virtual void update(op::Update const& operation, Compilation& out) const;
  virtual void remove(op::Delete const& operation, Compilation& out) const;
  virtual void execute(op::ExecuteSql const& operation, Compilation& out) const;
  virtual void batch_alter_table(op::BatchAlterTable const& operation, Compilation& out) const;

  // Clauses.
  virtual std::string column_definition(ColumnPlace const& place) const;
  virtual std::string column_type(ColumnPlace const& place) const;
  virtual std::string collation_clause(schema::Column const& column) const; ///< `COLLATE "x"`
  virtual std::string computed_clause(schema::Computed const& computed) const;
  virtual std::string identity_clause(schema::Identity const& identity) const;
  virtual std::string default_clause(schema::ServerDefault const& value,
                                     schema::Type const* type) const;    ///< `DEFAULT x`
  virtual std::string generation_clause(ColumnPlace const& place) const; ///< `AUTO_INCREMENT`; the default says nothing
  virtual std::string key_clause(ColumnPlace const& place) const;        ///< `PRIMARY KEY`
  virtual std::string comment_clause(std::string const& comment) const;  ///< `COMMENT '…'`; the default says nothing
  virtual std::string column_tail(ColumnPlace const& place) const;       ///< further options of a column
  virtual std::string constraint_definition(schema::Constraint const& constraint) const;
  /// Throws for what the database has not: deferral, NOT VALID, EXCLUDE, NULLS NOT DISTINCT.
  virtual void check_constraint(schema::Constraint const& constraint) const = 0;
  virtual std::string
  create_table_head(op::CreateTable const& operation) const; ///< `CREATE TEMPORARY TABLE IF NOT EXISTS "t"`
  virtual std::string table_tail(op::CreateTable const& operation) const; ///< what follows the closing parenthesis
  /// An index inside CREATE TABLE; empty where it is a statement of its own.
  virtual std::string index_in_table(schema::TableName const& table, schema::Index const& index) const;
  /// What comes before a column's type can be used (PostgreSQL: the enum).
  virtual void prepare_type(schema::Type const& type, Compilation& out) const;
  /// COMMENT ON where comments are statements.
  virtual void comment_on_table(schema::TableName const& table, std::optional<std::string> const& comment,
                                Compilation& out) const;
  virtual void comment_on_column(schema::TableName const& table, schema::Identifier const& column,
                                 std::optional<std::string> const& comment, Compilation& out) const;
  virtual std::string index_element(schema::IndexElement const& element) const;
  /// What follows the rows of an INSERT: `ON CONFLICT DO NOTHING`.
  virtual std::string conflict_clause(std::string const& on_conflict, op::BulkInsert const& operation) const;

  // For those who override.
  [[noreturn]] void refuse(std::string_view what, std::string_view way_round) const; ///< "SQLite " + what
  /// Whether the database generates the values of this column when nothing is said, by the rule for sole integer keys.
  bool generates_values(schema::Table const& table, schema::Column const& column) const;
  std::string column_list(std::span<schema::Identifier const> columns) const; ///< `"a", "b"`
  std::string index_elements(schema::Index const& index) const;
  std::string references_clause(schema::ForeignKey const& key) const; ///< `REFERENCES "t" ("id") ON DELETE …`
  std::string sequence_options(std::optional<std::int64_t> start, std::optional<std::int64_t> increment,
                               std::optional<std::int64_t> minimum, std::optional<std::int64_t> maximum,
                               std::optional<std::int64_t> cache, bool cycle) const;
  /// The column itself as SQL: its quoted name, or the expression in parentheses.
  std::string name_or_expression(std::variant<schema::Identifier, schema::Expression> const& what) const;
  schema::Table const* known_table(schema::TableName const& table, Compilation const& out) const;
  schema::Column const* known_column(schema::TableName const& table, schema::Identifier const& column,
                                     Compilation const& out) const;
};

/// The columns of the primary key, from the constraint or the columns' flags.
std::vector<schema::Identifier> primary_key_columns(schema::Table const& table);

/// The table with unique, check, references and index of its columns as constraints and indexes of the table.
schema::Table with_column_flags_lifted(schema::Table table);

/// `ix_<table>_<columns>`, shortened to the limit, where the index has no name.
schema::Identifier index_name_or_default(schema::TableName const& table, schema::Index const& index, std::size_t limit);

std::string_view deferral_clause(schema::Deferral deferral); ///< with a leading space, or empty

/// Without white space at the end and without the `;` there.
std::string_view without_semicolon(std::string_view text);

} // namespace vm::sql

// A database beside the project's, made and dropped over a connection that stays open meanwhile. That connection
// carries the database's name, which tells a scratch database in use from one that a killed process left behind.
#include "engine/dialect/postgresql/scratch.hpp"

#include "engine/core/error.hpp"
#include "engine/dialect/postgresql/driver.hpp"
#include "engine/sql/quote.hpp"

#include <fmt/format.h>

#include <string>

namespace vm::dialect::postgresql {
namespace {

constexpr int version_with_force = 130000;

std::string text(Value const& value) {
  auto const* text = std::get_if<std::string>(&value);
  return text ? *text : std::string{};
}

std::string quote(std::string_view name) {
  return sql::quoted_with('"', name);
}

std::string literal(std::string_view text) {
  return sql::single_quoted(text);
}

class PostgresScratch final : public db::ScratchDatabase {
 public:
  PostgresScratch(DatabaseUrl const& url, db::ConnectOptions const& options) : url_{url} {
    url_.database = db::new_scratch_name();
    keeper_ = open_keeper(url, options);
    remove_leftovers();
    create();
    try {
      prepare(options);
    } catch (Error const&) {
      drop(url_.database);
      throw;
    }
  }
  ~PostgresScratch() override {
    try {
      drop(url_.database);
    } catch (std::exception const&) { // recognised and dropped by the next run
    }
  }
  PostgresScratch(PostgresScratch const&) = delete;
  PostgresScratch& operator=(PostgresScratch const&) = delete;

  DatabaseUrl const& url() const override { return url_; }

 private:
  std::unique_ptr<db::Session> open_keeper(DatabaseUrl const& url, db::ConnectOptions options) const {
    auto at = url;
    at.parameters.erase("application_name");
    options.application_name = url_.database;
    options.statement_timeout.reset();
    try {
      return connect(at, options);
    } catch (ConnectError const&) {
      if (url.database.empty() || url.database == "postgres") throw;
    }
    // The project's database need not be there yet.
    auto maintenance = at;
    maintenance.database = "postgres";
    try {
      return connect(maintenance, options);
    } catch (ConnectError const&) {
      return connect(at, options); // what the project's own says is the better message
    }
  }

  void create() {
    // The project's own collation and encoding, nothing of template1's objects.
    auto const like = keeper_->all("SELECT pg_encoding_to_char(encoding), datcollate, datctype FROM pg_database WHERE "
                                   "datname = current_database()");
    auto statement = fmt::format("CREATE DATABASE {} TEMPLATE template0", quote(url_.database));
    if (!like.empty())
      statement += fmt::format(" ENCODING {} LC_COLLATE {} LC_CTYPE {}", literal(text(like[0][0])),
                               literal(text(like[0][1])), literal(text(like[0][2])));
    try {
      keeper_->execute(statement);
    } catch (DatabaseError& error) {
      if (error.code == "42501")
        error.add_hint({fmt::format("a scratch database is needed, and the user may make none: ALTER ROLE {} CREATEDB",
                                    quote(text(keeper_->scalar("SELECT current_user::text").value_or(Value{}))))});
      throw;
    }
  }

  /// The schemas that the session looks in are there from the start, as they are in the project's database.
  void prepare(db::ConnectOptions const& options) {
    std::unique_ptr<db::Session> inside;
    for (auto const& row : keeper_->all("SELECT unnest(current_schemas(false))::text")) {
      auto const schema = text(row[0]);
      if (schema == "public" || schema.starts_with("pg_")) continue;
      if (!inside) inside = connect(url_, options);
      inside->execute(fmt::format("CREATE SCHEMA IF NOT EXISTS {}", quote(schema)));
    }
  }

  void drop(std::string const& name) {
    keeper_->execute(fmt::format("DROP DATABASE IF EXISTS {}{}", quote(name),
                                 keeper_->server().number >= version_with_force ? " WITH (FORCE)" : ""));
  }

  void remove_leftovers() {
    auto const rows = keeper_->all(
        fmt::format("SELECT datname FROM pg_database d WHERE starts_with(datname, {}) AND datdba = (SELECT oid FROM "
                    "pg_roles WHERE rolname = current_user) AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE "
                    "a.application_name = d.datname OR a.datname = d.datname)",
                    literal(db::scratch_prefix)));
    for (auto const& row : rows) {
      if (!db::is_scratch_name(text(row[0]))) continue;
      try {
        drop(text(row[0]));
      } catch (DatabaseError const&) { // another run was faster
      }
    }
  }

  DatabaseUrl url_;
  std::unique_ptr<db::Session> keeper_;
};

class PostgresScratchSchema final : public db::ScratchDatabase {
 public:
  PostgresScratchSchema(DatabaseUrl const& url, db::ConnectOptions const& options)
      : url_{url},
        name_{db::new_scratch_name()} {
    auto at = url;
    at.parameters.erase("application_name");
    auto keeper = options;
    keeper.application_name = name_;
    keeper.statement_timeout.reset();
    keeper_ = connect(at, keeper);
    remove_leftovers();
    try {
      keeper_->execute(fmt::format("CREATE SCHEMA {}", quote(name_)));
    } catch (DatabaseError& error) {
      error.add_hint({"comparing schemas needs a scratch database or a scratch schema: ALTER ROLE … CREATEDB, or GRANT "
                      "CREATE ON DATABASE"});
      throw;
    }
    url_.parameters["options"] = fmt::format("-c search_path={}", name_);
  }
  ~PostgresScratchSchema() override {
    try {
      drop(name_);
    } catch (std::exception const&) { // recognised and dropped by the next run
    }
  }
  PostgresScratchSchema(PostgresScratchSchema const&) = delete;
  PostgresScratchSchema& operator=(PostgresScratchSchema const&) = delete;

  DatabaseUrl const& url() const override { return url_; }

 private:
  void drop(std::string const& name) { keeper_->execute(fmt::format("DROP SCHEMA IF EXISTS {} CASCADE", quote(name))); }

  void remove_leftovers() {
    auto const rows = keeper_->all(
        fmt::format("SELECT nspname FROM pg_namespace n WHERE starts_with(nspname, {}) AND nspowner = (SELECT oid FROM "
                    "pg_roles WHERE rolname = current_user) AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE "
                    "a.application_name = n.nspname)",
                    literal(db::scratch_prefix)));
    for (auto const& row : rows) {
      if (!db::is_scratch_name(text(row[0]))) continue;
      try {
        drop(text(row[0]));
      } catch (DatabaseError const&) { // another run was faster
      }
    }
  }

  DatabaseUrl url_;
  std::string name_;
  std::unique_ptr<db::Session> keeper_;
};

} // namespace

std::unique_ptr<db::ScratchDatabase> make_scratch_schema(DatabaseUrl const& url, db::ConnectOptions const& options) {
  return std::make_unique<PostgresScratchSchema>(url, options);
}

std::unique_ptr<db::ScratchDatabase> make_scratch(DatabaseUrl const& url, db::ConnectOptions const& options) {
  return std::make_unique<PostgresScratch>(url, options);
}

} // namespace vm::dialect::postgresql

// A database beside the project's, made and dropped over a connection that stays open meanwhile and holds a named lock
// of the same name, which tells a scratch database in use from one that a killed process left behind.
#include "engine/dialect/mysql/scratch.hpp"

#include "engine/core/error.hpp"
#include "engine/dialect/mysql/driver.hpp"
#include "engine/sql/quote.hpp"

#include <fmt/format.h>

#include <string>

namespace vm::dialect::mysql {
namespace {

std::string text(Value const& value) {
  auto const* text = std::get_if<std::string>(&value);
  return text ? *text : std::string{};
}

bool is_one(std::optional<Value> const& value) {
  auto const* number = value ? std::get_if<std::int64_t>(&*value) : nullptr;
  return number != nullptr && *number == 1;
}

class MysqlScratch final : public db::ScratchDatabase {
 public:
  MysqlScratch(DatabaseUrl const& url, db::ConnectOptions const& options) : url_{url} {
    url_.database = db::new_scratch_name();
    keeper_ = open_keeper(url, options);
    hold(url_.database);
    remove_leftovers();
    auto const like = keeper_->all("SELECT @@character_set_database, @@collation_database");
    try {
      keeper_->execute(fmt::format("CREATE DATABASE {} CHARACTER SET {} COLLATE {}", quote(url_.database),
                                   text(like[0][0]), text(like[0][1])));
    } catch (DatabaseError& error) {
      if (error.code == "1044")
        error.add_hint({"a scratch database is needed, and the user may make none: GRANT ALL ON `vm\\_scratch\\_%`.* "
                        "TO the user"});
      throw;
    }
  }
  ~MysqlScratch() override {
    try {
      keeper_->execute(fmt::format("DROP DATABASE IF EXISTS {}", quote(url_.database)));
    } catch (std::exception const&) { // recognised and dropped by the next run
    }
  }
  MysqlScratch(MysqlScratch const&) = delete;
  MysqlScratch& operator=(MysqlScratch const&) = delete;

  DatabaseUrl const& url() const override { return url_; }

 private:
  static std::string quote(std::string_view name) { return sql::quoted_with('`', name); }

  static std::unique_ptr<db::Session> open_keeper(DatabaseUrl const& url, db::ConnectOptions options) {
    options.statement_timeout.reset();
    try {
      return connect(url, options);
    } catch (ConnectError const&) {
      if (url.database.empty()) throw;
    }
    // The project's database need not be there yet.
    auto server = url;
    server.database.clear();
    try {
      return connect(server, options);
    } catch (ConnectError const&) {
      return connect(url, options); // what the project's own says is the better message
    }
  }

  bool hold(std::string const& name) {
    return is_one(keeper_->scalar(fmt::format("SELECT GET_LOCK({}, 0)", sql::single_quoted(name))));
  }

  void remove_leftovers() {
    for (auto const& row : keeper_->all("SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME LIKE "
                                        "'vm|_scratch|_%' ESCAPE '|'")) {
      auto const name = text(row[0]);
      auto const quoted = sql::single_quoted(name);
      if (!db::is_scratch_name(name)) continue;
      if (!is_one(keeper_->scalar(fmt::format("SELECT IS_FREE_LOCK({})", quoted)))) continue;
      try {
        keeper_->execute(fmt::format("DROP DATABASE IF EXISTS {}", quote(name)));
      } catch (DatabaseError const&) { // another user's
      }
    }
  }

  DatabaseUrl url_;
  std::unique_ptr<db::Session> keeper_;
};

} // namespace

std::unique_ptr<db::ScratchDatabase> make_scratch(DatabaseUrl const& url, db::ConnectOptions const& options) {
  return std::make_unique<MysqlScratch>(url, options);
}

} // namespace vm::dialect::mysql

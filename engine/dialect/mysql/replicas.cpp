#include "engine/dialect/mysql/replicas.hpp"

#include "engine/core/error.hpp"
#include "engine/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <utility>
#include <vector>

namespace vm::dialect::mysql {

namespace {

using Row = std::map<std::string, std::string, std::less<>>; ///< by the column's name in lower case; NULL is left out

std::string text_of(Value const& value) {
  if (auto const* text = std::get_if<std::string>(&value)) return *text;
  if (auto const* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
  if (auto const* number = std::get_if<Decimal>(&value)) return number->text;
  return {};
}

/// The answer of a SHOW, whose columns are known by name only.
std::vector<Row> rows_of(db::Session& session, std::string_view statement) {
  auto const cursor = session.query(statement);
  std::vector<std::string> names;
  for (auto const& name : cursor->columns()) names.push_back(lower(name));
  std::vector<Row> rows;
  for (std::vector<Value> values; cursor->next(values);) {
    auto& row = rows.emplace_back();
    for (std::size_t i = 0; i < values.size(); ++i)
      if (!is_null(values[i])) row.emplace(names[i], text_of(values[i]));
  }
  return rows;
}

/// The first of these columns that the row has: servers renamed them.
std::string field(Row const& row, std::initializer_list<std::string_view> names) {
  for (auto const name : names)
    if (auto const found = row.find(name); found != row.end()) return found->second;
  return {};
}

/// From 8.0.22 on MySQL has the words that MariaDB keeps the older ones beside.
bool has_new_words(db::ServerInfo const& server) {
  return server.product == "MySQL" && server.number >= 80022;
}

struct Replica {
  std::string server_id, host; ///< the host it reported, or none
  int port = 3306;
};

class Replicas final : public db::Replicas {
 public:
  explicit Replicas(db::ConnectTo connect_to) : connect_to_{std::move(connect_to)} {}

  std::optional<db::ReplicaLag> slowest(db::Session& primary) override {
    bool const is_first = !std::exchange(has_looked_, true);
    auto const replicas = find(primary);
    std::erase_if(sessions_, [&](auto const& each) {
      return std::ranges::none_of(replicas, [&](auto const& replica) { return replica.server_id == each.first; });
    });
    std::optional<db::ReplicaLag> slowest;
    for (auto const& replica : replicas) {
      auto lag = ask(replica, is_first);
      if (!slowest || lag.seconds > slowest->seconds) slowest = std::move(lag);
    }
    return slowest;
  }

 private:
  std::vector<Replica> find(db::Session& primary) {
    try {
      std::vector<Replica> replicas;
      bool all_reported = true;
      for (auto const& row : rows_of(primary, has_new_words(primary.server()) ? "SHOW REPLICAS" : "SHOW SLAVE HOSTS")) {
        Replica replica{field(row, {"server_id"}), field(row, {"host"}), std::atoi(field(row, {"port"}).c_str())};
        all_reported = all_reported && !replica.host.empty();
        replicas.push_back(std::move(replica));
      }
      if (replicas.empty()) return replicas;
      primary_id_ = text_of(primary.scalar("SELECT @@server_id").value_or(Value{}));
      dumped_to_.clear();
      if (all_reported) return replicas;
      // Who did not report a host is known by the connection it reads the log on.
      for (auto const& row :
           primary.all("SELECT host FROM information_schema.processlist WHERE command LIKE 'Binlog Dump%'")) {
        auto const host = text_of(row[0]);
        dumped_to_.push_back(host.substr(0, host.rfind(':')));
      }
      return replicas;
    } catch (DatabaseError const& error) {
      if (error.kind == DatabaseErrorKind::connection_lost) throw;
      throw UsageError{
          fmt::format("the replicas cannot be seen: {}", error.message()),
          Hint{"max_replica_lag needs REPLICATION MASTER ADMIN (REPLICATION SLAVE before MariaDB 10.5, and "
               "on MySQL) and PROCESS; or leave it out and give a pause"}};
    }
  }

  static std::string shown(Replica const& replica) {
    return replica.host.empty() ? fmt::format("the one with server_id {}", replica.server_id)
                                : fmt::format("{}:{}", replica.host, replica.port);
  }

  db::ReplicaLag ask(Replica const& replica, bool is_first) {
    try {
      auto& session = sessions_[replica.server_id];
      if (!session || !session->is_alive()) session = connect(replica);
      return lag_of(replica, *session);
    } catch (Error const& error) {
      sessions_.erase(replica.server_id);
      auto const why = fmt::format("it cannot be asked: {}", error.message());
      if (!is_first) return {shown(replica), db::ReplicaLag::endless, why};
      throw UsageError{
          fmt::format("the replica {}: {}", shown(replica), why),
          Hint{"max_replica_lag asks each replica with the user of the URL, who needs REPLICA MONITOR there "
               "(REPLICATION CLIENT on MySQL); a replica that is reached by another name tells it with report_host and "
               "report_port; or leave max_replica_lag out and give a pause"}};
    }
  }

  /// A session to the server with this id: it is asked for its id, because the address is a guess unless reported.
  std::unique_ptr<db::Session> connect(Replica const& replica) const {
    auto hosts = replica.host.empty() ? dumped_to_ : std::vector<std::string>{replica.host};
    std::string failures;
    for (auto const& host : hosts) {
      try {
        auto session = connect_to_(host, replica.port);
        auto const id = text_of(session->scalar("SELECT @@server_id").value_or(Value{}));
        if (id == replica.server_id) return session;
        failures += fmt::format("{}{}:{} has server_id {}", failures.empty() ? "" : "; ", host, replica.port, id);
      } catch (ConnectError const& error) {
        failures += fmt::format("{}{}", failures.empty() ? "" : "; ", error.message());
      }
    }
    throw ConnectError{failures.empty() ? "nobody knows its address" : failures};
  }

  db::ReplicaLag lag_of(Replica const& replica, db::Session& session) const {
    auto const& server = session.server();
    auto const rows = rows_of(session, server.product == "MariaDB" ? "SHOW ALL SLAVES STATUS"
                                       : has_new_words(server)     ? "SHOW REPLICA STATUS"
                                                                   : "SHOW SLAVE STATUS");
    for (auto const& row : rows) {
      if (field(row, {"master_server_id", "source_server_id"}) != primary_id_) continue;
      auto const behind = field(row, {"seconds_behind_master", "seconds_behind_source"});
      if (!behind.empty()) return {shown(replica), std::strtod(behind.c_str(), nullptr)};
      auto why = field(row, {"last_sql_error"});
      if (why.empty()) why = field(row, {"last_io_error"});
      return {shown(replica), db::ReplicaLag::endless,
              why.empty() ? "its replication is stopped" : "its replication is stopped: " + why};
    }
    return {shown(replica), db::ReplicaLag::endless, "it does not replicate from here any more"};
  }

  db::ConnectTo connect_to_;
  std::map<std::string, std::unique_ptr<db::Session>> sessions_; ///< by server_id
  std::vector<std::string> dumped_to_;                           ///< hosts that read the log now
  std::string primary_id_;
  bool has_looked_ = false;
};

} // namespace

std::unique_ptr<db::Replicas> make_replicas(db::ConnectTo connect_to) {
  return std::make_unique<Replicas>(std::move(connect_to));
}

} // namespace vm::dialect::mysql

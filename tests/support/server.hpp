// A database server of a test's own, in a temporary folder on a free port of 127.0.0.1: one that may be stopped,
// started again and followed by a replica. It ends with the test, also when the test is killed. What tests need no more
// than a database of uses TestDatabase.
#pragma once

#include "tests/support/databases.hpp"
#include "tests/support/process.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <filesystem>
#include <memory>
#include <netinet/in.h>
#include <pwd.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <thread>
#include <vector>

namespace vm::test {

class Server {
 public:
  /// "postgresql" or "mysql" (MariaDB), started and answering. Null where its programs are not installed: said with a
  /// message, and a failure where VM_TEST_REQUIRE_SERVERS=1 demands it.
  static std::unique_ptr<Server> make(std::string_view dialect) {
    auto const bin = dialect == "postgresql" ? postgresql_bin() : std::filesystem::path{"/usr/sbin"};
    if (!std::filesystem::exists(bin / (dialect == "postgresql" ? "postgres" : "mariadbd"))) {
      char const* const required = std::getenv("VM_TEST_REQUIRE_SERVERS");
      if (required != nullptr && std::string_view{required} == "1") FAIL("no programs of " << std::string{dialect});
      MESSAGE("skipped on " << std::string{dialect} << ": its server is not installed");
      return nullptr;
    }
    std::unique_ptr<Server> server{new Server{dialect, bin}};
    if (dialect == "postgresql") {
      server->command({bin / "initdb", "-D", server->data(), "-U", "vm", "-A", "trust", "-E", "UTF8",
                       "--locale=C.UTF-8", "--no-sync"});
    } else {
      server->install_mysql();
    }
    server->start();
    return server;
  }

  /// A server that follows `primary`, started and replicating.
  static std::unique_ptr<Server> replica_of(Server const& primary) {
    std::unique_ptr<Server> server{new Server{primary.url_.dialect, primary.bin_}};
    if (primary.url_.dialect == "postgresql") {
      server->command({primary.bin_ / "pg_basebackup", "-h", "127.0.0.1", "-p", std::to_string(*primary.url_.port),
                       "-U", "vm", "-D", server->data(), "-R", "-X", "stream", "--checkpoint=fast", "--no-sync"});
      server->start();
      return server;
    }
    server->install_mysql();
    server->start();
    auto const session = connect_to(server->url_);
    session->execute(fmt::format("CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT={}, MASTER_USER='vm', "
                                 "MASTER_PASSWORD='vm', MASTER_CONNECT_RETRY=1",
                                 *primary.url_.port));
    session->execute("START SLAVE");
    return server;
  }

  Server(Server const&) = delete;
  Server& operator=(Server const&) = delete;
  ~Server() { stop(); }

  /// Of the server; no database of its own yet on MariaDB.
  DatabaseUrl const& url() const { return url_; }
  /// With a fresh database.
  DatabaseUrl make_database(std::string const& name) const {
    connect_to(url_)->execute("CREATE DATABASE " + name);
    auto url = url_;
    url.database = name;
    return url;
  }

  /// Waits until the server answers.
  void start() {
    std::vector<std::string> arguments;
    auto const port = std::to_string(*url_.port);
    if (url_.dialect == "postgresql") {
      arguments = {bin_ / "postgres", "-D", data(), "-p", port};
      for (auto const& setting :
           {std::string{"listen_addresses=127.0.0.1"}, "unix_socket_directories=" + folder_.path().native(),
            std::string{"fsync=off"}, std::string{"wal_level=replica"}, std::string{"shared_buffers=16MB"},
            std::string{"wal_receiver_status_interval=1"}, std::string{"max_connections=50"}}) {
        arguments.emplace_back("-c");
        arguments.push_back(setting);
      }
    } else {
      arguments = {bin_ / "mariadbd",
                   "--no-defaults",
                   "--datadir=" + data(),
                   "--port=" + port,
                   "--bind-address=127.0.0.1",
                   "--socket=" + (folder_.path() / "socket").native(),
                   "--pid-file=" + (folder_.path() / "data/pid").native(),
                   "--skip-name-resolve",
                   "--character-set-server=utf8mb4",
                   "--init-file=" + (folder_.path() / "users.sql").native(),
                   "--innodb-flush-method=nosync",
                   "--innodb-log-file-size=16M",
                   "--innodb-buffer-pool-size=32M",
                   "--log-bin=binlog",
                   "--server-id=" + port};
    }
    process_ = std::make_unique<Process>(start_of(arguments));
    wait_until_it_answers();
  }

  /// Ends every connection at once, as a restart by an operator does; what was committed stays.
  void stop() {
    if (!process_) return;
    process_->signal(url_.dialect == "postgresql" ? SIGINT : SIGTERM);
    try {
      process_->wait(std::chrono::seconds{30});
    } catch (std::runtime_error const&) {
      // Killed then.
    }
    process_.reset();
  }

  /// Ends it without a goodbye.
  void kill() {
    process_->signal(SIGKILL);
    process_->wait();
    process_.reset();
  }

 private:
  Server(std::string_view dialect, std::filesystem::path bin) : bin_{std::move(bin)} {
    url_.dialect = dialect;
    url_.user = "vm";
    url_.password = "vm";
    url_.host = "127.0.0.1";
    url_.port = free_port();
    if (dialect == "postgresql") url_.database = "postgres";
    // Servers refuse to run as root: root becomes the user that the package made.
    std::filesystem::permissions(folder_.path(), std::filesystem::perms{0711});
    std::filesystem::create_directory(data());
    std::filesystem::permissions(data(), std::filesystem::perms::owner_all);
    if (geteuid() != 0) return;
    user_ = dialect == "postgresql" ? "postgres" : "mysql";
    passwd const* const entry = getpwnam(user_.c_str()); // NOLINT(concurrency-mt-unsafe): one thread
    if (entry == nullptr) throw std::runtime_error{"there is no user " + user_};
    if (chown(folder_.path().c_str(), entry->pw_uid, entry->pw_gid) != 0 ||
        chown(data().c_str(), entry->pw_uid, entry->pw_gid) != 0)
      throw std::runtime_error{"the server's folder cannot be given away"};
  }

  std::string data() const { return folder_.path() / "data"; }

  static std::filesystem::path postgresql_bin() {
    std::filesystem::path best;
    std::error_code ignored;
    int newest = 0;
    for (auto const& entry : std::filesystem::directory_iterator{"/usr/lib/postgresql", ignored}) {
      auto const number = std::atoi(entry.path().filename().c_str());
      if (number <= newest) continue;
      newest = number;
      best = entry.path() / "bin";
    }
    return best;
  }

  static int free_port() {
    int const socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    bool const is_bound = ::bind(socket, reinterpret_cast<sockaddr*>(&address), length) == 0 &&
                          getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length) == 0;
    ::close(socket);
    if (!is_bound) throw std::runtime_error{"no free port"};
    return ntohs(address.sin_port);
  }

  /// As the server's user, output into the log, ended with this process.
  Start start_of(std::vector<std::string> const& arguments) const {
    std::vector<std::string> command{
        "/bin/sh",     "-c",  "exec \"$@\" >>'" + (folder_.path() / "log").native() + "' 2>&1", "sh", "setpriv",
        "--pdeathsig", "KILL"};
    if (!user_.empty()) {
      command.insert(command.end(), {"--reuid=" + user_, "--regid=" + user_, "--init-groups"});
    }
    command.emplace_back("--");
    command.insert(command.end(), arguments.begin(), arguments.end());
    return {std::move(command), folder_.path()};
  }

  void command(std::vector<std::string> const& arguments) const {
    if (run(start_of(arguments)).exit_code != 0) throw std::runtime_error{arguments[0] + " failed:\n" + log()};
  }

  void install_mysql() const {
    folder_.write("users.sql", "CREATE USER IF NOT EXISTS 'vm'@'127.0.0.1' IDENTIFIED BY 'vm';\n"
                               "GRANT ALL PRIVILEGES ON *.* TO 'vm'@'127.0.0.1' WITH GRANT OPTION;\n");
    command({"mariadb-install-db", "--no-defaults", "--datadir=" + data(), "--auth-root-authentication-method=normal",
             "--skip-test-db", "--skip-name-resolve", "--innodb-log-file-size=16M"});
  }

  std::string log() const {
    std::ifstream file{folder_.path() / "log"};
    return {std::istreambuf_iterator<char>{file}, {}};
  }

  void wait_until_it_answers() const {
    auto const end = std::chrono::steady_clock::now() + std::chrono::seconds{60};
    while (true) {
      try {
        connect_to(url_)->scalar("SELECT 1");
        return;
      } catch (Error const& error) {
        if (std::chrono::steady_clock::now() > end)
          throw std::runtime_error{std::string{"the server does not answer: "} + error.what() + "\n" + log()};
      }
      std::this_thread::sleep_for(std::chrono::milliseconds{50});
    }
  }

  std::filesystem::path bin_;
  TempFolder folder_;
  DatabaseUrl url_;
  std::string user_;
  std::unique_ptr<Process> process_;
};

} // namespace vm::test

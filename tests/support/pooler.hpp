// A pgbouncer of a test's own, between it and the PostgreSQL server: it hands out another connection of the server for
// every transaction.
#pragma once

#include "engine/core/database_url.hpp"
#include "tests/support/process.hpp"
#include "tests/support/temp_folder.hpp"

#include <arpa/inet.h>
#include <chrono>
#include <memory>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>
#include <thread>

namespace vm::test {

class Pooler {
 public:
  explicit Pooler(DatabaseUrl const& server, int connections = 5) : url_{server} {
    std::filesystem::permissions(folder_.path(),
                                 std::filesystem::perms::others_all | std::filesystem::perms::owner_all);
    for (int attempt = 0; attempt < 5; ++attempt) {
      int const port = free_port();
      auto const settings =
          folder_.write("pgbouncer.ini",
                        "[databases]\n* = host=" + server.host + " port=" + std::to_string(server.port.value_or(5432)) +
                            " user=" + server.user + " password=" + server.password.value_or("") +
                            "\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = " + std::to_string(port) +
                            "\nunix_socket_dir =\nauth_type = any\npool_mode = transaction\nmax_client_conn = 1000\n"
                            "default_pool_size = " +
                            std::to_string(connections) + "\n");
      // It refuses to run as root.
      process_ =
          std::make_unique<Process>(Start{{"/usr/sbin/pgbouncer", settings.native()}, folder_.path(), {}, {}, true, 0});
      if (process_->wait_for_output("process up", std::chrono::seconds{10})) {
        url_.host = "127.0.0.1";
        url_.port = port;
        return;
      }
    }
    throw std::runtime_error{"pgbouncer does not start: " + process_->wait().err};
  }

  DatabaseUrl const& url() const { return url_; }

 private:
  static int free_port() {
    int const file = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    bool const found = ::bind(file, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                       ::getsockname(file, reinterpret_cast<sockaddr*>(&address), &size) == 0;
    ::close(file);
    return found ? ntohs(address.sin_port) : 0;
  }

  TempFolder folder_;
  DatabaseUrl url_;
  std::unique_ptr<Process> process_;
};

} // namespace vm::test

// A database's driver, opened when a URL asks for that database: SOCI's backend library and, through it, the client
// library of the database. Nothing of it is linked, so a command that needs no database starts without any driver.
#pragma once

#include <memory>
#include <string>

namespace soci {
struct backend_factory;
namespace details {
class session_backend;
}
} // namespace soci

namespace vm::db {

/// Libraries stay loaded until the process ends: their own clean-up at exit must find their code.
class DriverLibrary {
 public:
  /// `component` is SOCI's name of the backend, `file` what dlopen() takes, `package` the Debian package that holds it.
  /// Throws ConfigError naming the package when the library is not installed.
  DriverLibrary(std::string component, std::string const& file, std::string const& package);

  /// Opens a connection with SOCI. Throws what SOCI throws (soci::soci_error).
  std::unique_ptr<soci::details::session_backend> connect(std::string const& connect_string) const;

  /// Sets `function` to the driver's function of that name; ConfigError when the library is too old to have it.
  template<class Function>
  void find(Function*& function, char const* name) const {
    function = reinterpret_cast<Function*>(symbol(name));
  }

 private:
  void* symbol(char const* name) const;

  std::string component_;
  std::string file_;
  void* handle_ = nullptr;
  soci::backend_factory const* factory_ = nullptr;
};

} // namespace vm::db

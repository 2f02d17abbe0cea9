#include "engine/db/driver_library.hpp"

#include "engine/core/error.hpp"

#include <fmt/format.h>
#include <soci/connection-parameters.h>
#include <soci/soci-backend.h>

#include <dlfcn.h>

namespace vm::db {

DriverLibrary::DriverLibrary(std::string component, std::string const& file, std::string const& package)
    : component_{std::move(component)},
      file_{file} {
  handle_ = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (handle_ == nullptr) {
    char const* reason = dlerror();
    throw ConfigError{
        fmt::format("the driver library '{}' cannot be opened ({})", file, reason ? reason : "no reason given"),
        Hint{fmt::format("install it: apt-get install {}", package)}};
  }
  using Factory = soci::backend_factory const*();
  Factory* factory = nullptr;
  find(factory, ("factory_" + component_).c_str());
  factory_ = factory();
}

std::unique_ptr<soci::details::session_backend> DriverLibrary::connect(std::string const& connect_string) const {
  return std::unique_ptr<soci::details::session_backend>{
      factory_->make_session(soci::connection_parameters{*factory_, connect_string})};
}

void* DriverLibrary::symbol(char const* name) const {
  void* const found = dlsym(handle_, name);
  if (found == nullptr)
    throw ConfigError{fmt::format("the driver library '{}' has no function '{}'", file_, name),
                      Hint{"a newer version of the database's client library is needed"}};
  return found;
}

} // namespace vm::db

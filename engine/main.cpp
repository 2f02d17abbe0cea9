// Composition root: builds the Lua host and hands it to the command line. The only file that knows both sides.
#include "bindings/host.hpp"
#include "engine/cli/app.hpp"

int main(int argc, char** argv) {
  return vm::cli::run(argc, argv,
                      [](vm::script::HostOptions const& options) { return vm::bindings::make_lua_host(options); });
}

#include "bindings/module.hpp"

namespace vm::bindings {

std::vector<Module> modules() {
  return {
      {"op", {op_data_functions()}},
  };
}

} // namespace vm::bindings

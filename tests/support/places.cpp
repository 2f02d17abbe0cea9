#include "tests/support/places.hpp"

namespace vm::test {

std::string const& source_folder() {
  static std::string const folder{VM_SOURCE_FOLDER};
  return folder;
}

std::string const& binary_file() {
  static std::string const file{VM_BINARY_FILE};
  return file;
}

} // namespace vm::test

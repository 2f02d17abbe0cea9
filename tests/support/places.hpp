// Where the tests find the project and the binary under test.
#pragma once

#include <string>

namespace vm::test {

std::string const& source_folder(); ///< the checkout, absolute
std::string const& binary_file();   ///< vm of the same build, absolute

} // namespace vm::test

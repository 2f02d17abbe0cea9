// Where a command reads and writes: the process's own descriptors, or a test's strings.
#pragma once

#include <array>
#include <istream>
#include <ostream>
#include <streambuf>

namespace vm::cli {

/// Buffered writing to a descriptor that it does not own; remembers why a write failed, which std::ostream forgets.
class DescriptorBuffer : public std::streambuf {
 public:
  explicit DescriptorBuffer(int descriptor);
  DescriptorBuffer(DescriptorBuffer const&) = delete;
  DescriptorBuffer& operator=(DescriptorBuffer const&) = delete;
  ~DescriptorBuffer() override;
  int error() const { return error_; } ///< errno of the first failed write; 0: none

 protected:
  int_type overflow(int_type character) override;
  int sync() override;

 private:
  int descriptor_;
  int error_ = 0;
  std::array<char, 16384> buffer_;
};

struct Streams {
  std::ostream& out;
  std::ostream& err;
  std::istream& in;
  bool out_is_terminal = false, err_is_terminal = false, in_is_terminal = false;
};

/// Whether a descriptor is a terminal, and how wide the one behind it is (80 where it does not tell).
bool is_terminal(int descriptor);
std::size_t terminal_width(int descriptor);

} // namespace vm::cli

// What the fuzz targets share: a property that aborts where it does not hold, and a folder in memory for what must be a
// file.
#pragma once

#include "engine/core/error.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <fuzzer/FuzzedDataProvider.h>
#include <string>
#include <string_view>

namespace vm::fuzz {

/// Ends the program, which libFuzzer reports with the input, unless `holds`.
inline void require(bool holds, std::string_view what, std::string_view detail = {}) {
  if (holds) return;
  std::fprintf(stderr, "property broken: %.*s\n%.*s\n", static_cast<int>(what.size()), what.data(),
               static_cast<int>(detail.size()), detail.data());
  std::abort();
}

/// Whether `body` returned; bad input may end it with an Error of class `Expected`, and with nothing else.
template<class Expected, class Body>
bool accepts(Body body) {
  try {
    body();
    return true;
  } catch (Expected const& error) {
    require(!error.message().empty(), "an error says what happened");
    return false;
  }
}

inline std::string_view text_of(std::uint8_t const* data, std::size_t size) {
  return {reinterpret_cast<char const*>(data), size};
}

/// Gone when the program ends by itself.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::exists("/dev/shm") ? "/dev/shm" : "/tmp") + std::string{"/vm-fuzz-XXXXXX"};
    require(mkdtemp(name.data()) != nullptr, "a temporary folder can be made");
    path_ = name;
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(Folder const&) = delete;
  Folder& operator=(Folder const&) = delete;

  std::filesystem::path const& path() const { return path_; }
  std::filesystem::path write(std::string const& name, std::string_view text) const {
    auto file = path_ / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream{file, std::ios::binary | std::ios::trunc} << text;
    return file;
  }

 private:
  std::filesystem::path path_;
};

} // namespace vm::fuzz

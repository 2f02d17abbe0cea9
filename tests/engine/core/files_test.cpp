#include "engine/core/files.hpp"
#include "tests/support/temp_folder.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cerrno>
#include <sys/stat.h>

using namespace vm;
namespace fs = std::filesystem;

namespace {

std::string message_of(auto&& action) {
  try {
    action();
  } catch (FileError const& error) {
    return error.message();
  }
  return "no error";
}

std::size_t entries(fs::path const& folder) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator{folder}, fs::directory_iterator{}));
}

} // namespace

TEST_CASE("a file comes back byte for byte") {
  test::TempFolder const folder;
  for (auto const& text : {std::string{}, std::string{"a\0\r\n\xFF", 5}, std::string(100000, 'x')}) {
    write_file(folder / "file", text, IfExists::replace);
    CHECK(read_file(folder / "file") == text);
  }
  CHECK(entries(folder.path()) == 1);
}

TEST_CASE("a file without a size of its own is read to its end") {
  CHECK(read_file("/proc/self/mounts").size() > 0);
}

TEST_CASE("what cannot be read is named with its reason") {
  test::TempFolder const folder;
  auto const refuses = [&](fs::path const& name, std::string const& reason) {
    CHECK(message_of([&] { read_file(folder / name, 10); }) ==
          fmt::format("cannot read '{}': {}", (folder / name).native(), reason));
  };
  folder.write("plain", "12345678901");
  fs::create_directory(folder / "sub");
  fs::create_symlink("loop", folder / "loop");
  ::mkfifo((folder / "pipe").c_str(), 0600);
  refuses("missing", "no such file or directory");
  refuses("plain/below", "not a directory");
  refuses("plain", "it is longer than 10 bytes");
  refuses("sub", "it is a folder");
  refuses("loop", "symbolic links lead in a circle");
  refuses("pipe", "it is not a regular file");
}

TEST_CASE("a new file never takes the place of another") {
  test::TempFolder const folder;
  auto const file = folder.write("file", "old");
  CHECK(message_of([&] { write_file(file, "new", IfExists::refuse); }) ==
        fmt::format("cannot write '{}': it already exists", file.native()));
  fs::create_symlink("nowhere", folder / "link");
  CHECK(message_of([&] { write_file(folder / "link", "new", IfExists::refuse); }) ==
        fmt::format("cannot write '{}': it already exists", (folder / "link").native()));
  CHECK(read_file(file) == "old");
  write_file(folder / "other", "new", IfExists::refuse);
  CHECK(read_file(folder / "other") == "new");
  CHECK(entries(folder.path()) == 3);
}

TEST_CASE("a replaced file keeps its permissions, and a link stays a link") {
  test::TempFolder const folder;
  auto const file = folder.write("file", "old");
  fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
  fs::create_symlink("file", folder / "link");
  write_file(folder / "link", "new", IfExists::replace);
  CHECK(fs::is_symlink(folder / "link"));
  CHECK(read_file(file) == "new");
  CHECK(fs::status(file).permissions() == (fs::perms::owner_read | fs::perms::owner_write));
}

TEST_CASE("a write that fails leaves nothing behind") {
  test::TempFolder const folder;
  fs::create_directory(folder / "sub");
  CHECK(message_of([&] { write_file(folder / "sub", "x", IfExists::replace); }) ==
        fmt::format("cannot write '{}': it is a folder", (folder / "sub").native()));
  CHECK(message_of([&] { write_file(folder / "missing/file", "x", IfExists::replace); }) ==
        fmt::format("cannot write '{}': no such file or directory", (folder / "missing/file").native()));
  CHECK(entries(folder.path()) == 1);
}

TEST_CASE("the reason of an error number begins in lower case, an acronym does not") {
  CHECK(reason_of(EACCES) == "permission denied");
  CHECK(reason_of(EROFS) == "read-only file system");
}

TEST_CASE("paths are shown from the project's folder") {
  struct Row {
    fs::path path, base;
    std::string expected;
  };
  std::vector<Row> const rows{
      {"/p/migrations/versions/a.lua", "/p", "migrations/versions/a.lua"},
      {"/p/./migrations//a.lua", "/p/", "migrations/a.lua"},
      {"/q/a.lua", "/p", "/q/a.lua"},
      {"/pp/a.lua", "/p", "/pp/a.lua"},
      {"/p/../q/a.lua", "/p", "/p/../q/a.lua"},
      {"a.lua", "/p", "a.lua"},
      {"/p/a.lua", "", "/p/a.lua"},
  };
  for (auto const& row : rows) CHECK(shown_path(row.path, row.base) == row.expected);
}

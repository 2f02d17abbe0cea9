// Whole text files in and out, with errors that name the path and the reason. No streams, no locking, no watching.
#pragma once

#include "engine/core/error.hpp"

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace vm {

/// A file or folder cannot be read or written; the message is "cannot read 'path': reason". Exit code 2, like every
/// ConfigError; a room that knows better catches it and throws an error of its own with `reason`.
class FileError : public ConfigError {
 public:
  FileError(std::string_view verb, std::filesystem::path const& path, std::string reason);

  std::filesystem::path path;
  std::string reason; ///< "permission denied"
  int code = 0;       ///< errno, 0 where the refusal is ours
};

/// The text of an errno, lower case: "no such file or directory".
std::string reason_of(int code);

/// Files above this are not what they claim to be.
inline constexpr std::size_t default_file_limit = std::size_t{64} << 20;

/// The bytes of a regular file (or of what a symbolic link leads to). Throws FileError for what is missing, unreadable,
/// a folder, a pipe or device, or longer than `limit` bytes.
std::string read_file(std::filesystem::path const& path, std::size_t limit = default_file_limit);

enum class IfExists {
  replace, ///< permissions stay as they were; a symbolic link stays and its target is replaced
  refuse,  ///< FileError "already exists"; an existing file is never touched, also not by a race
};

/// Writes the whole file or nothing: a temporary file beside it, then a rename. The folder must exist. Does not wait
/// for the disk. Throws FileError, and leaves nothing behind.
void write_file(std::filesystem::path const& path, std::string_view text, IfExists if_exists);

/// A path as people should read it: relative to `base` when it is inside, else unchanged.
std::string shown_path(std::filesystem::path const& path, std::filesystem::path const& base);
std::string shown_path(std::string const& path, std::filesystem::path const& base);

} // namespace vm

// What a migration file says about itself.
#pragma once

#include <string>
#include <vector>

namespace vm::script {

enum class Language { lua, sql };

struct Header {
  std::string path; ///< absolute; a filesystem::path is four times as large, and there are thousands
  Language language = Language::lua;
  std::string revision;
  std::vector<std::string> down_revision, branch_labels, depends_on;
  std::string message;     ///< the first comment line
  std::string doc;         ///< the whole leading comment, without the comment marks
  std::string created;     ///< as written after "Created:", may be empty
  bool transaction = true; ///< `transaction = false` runs outside one
  bool has_upgrade = false;
  bool has_downgrade = false;
  int line = 0; ///< where `revision` is set; 0 when unknown
};

} // namespace vm::script

// The verbs of the command line: each defines its options and, once they are parsed, runs its command. Only the verb
// that was asked for is ever made.
#pragma once

#include "engine/cli/arguments.hpp"
#include "engine/cli/exit_code.hpp"
#include "engine/cli/invocation.hpp"

#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace vm::cli {

class Verb {
 public:
  virtual ~Verb() = default;
  virtual void define(Arguments& arguments) = 0;
  virtual int run(Invocation& invocation) = 0; ///< the exit code
};

struct VerbEntry {
  std::string_view name, group, summary;
  std::unique_ptr<Verb> (*make)();
};

template<class V>
std::unique_ptr<Verb> make_verb() {
  return std::make_unique<V>();
}

std::span<VerbEntry const> project_verbs();  ///< init list-templates revision create merge edit
std::span<VerbEntry const> revision_verbs(); ///< heads branches history show
std::span<VerbEntry const>
database_verbs(); ///< upgrade downgrade stamp current status resolve ensure-version ping unlock
std::span<VerbEntry const> schema_verbs(); ///< check test schema

/// All of them, in the order `vm --help` lists them.
std::vector<VerbEntry> verbs();

} // namespace vm::cli

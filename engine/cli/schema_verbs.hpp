// What the verbs that compare schemas share: the log lines of a comparison, and the question about a rename.
#pragma once

#include "engine/cli/invocation.hpp"
#include "engine/command/schema_commands.hpp"

namespace vm::cli {

/// "Compared …", a line "Detected …" for each finding, and the warnings.
void log_difference(Invocation& invocation, command::SchemaDifference const& difference);

/// Asks on a terminal, with no as the default; unset without one.
command::AskRename rename_question(Invocation& invocation);

} // namespace vm::cli

// Reads an SQLite schema: one query per kind of thing, and the stored CREATE TABLE texts for what the pragmas do not
// tell.
#pragma once

#include "engine/inspect/inspector.hpp"

#include <memory>

namespace vm::dialect::sqlite {

std::unique_ptr<inspect::Inspector> make_inspector(db::Session& session);

} // namespace vm::dialect::sqlite

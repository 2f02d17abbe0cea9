// Reads a MariaDB or MySQL schema from information_schema: one query per kind of thing, however many tables there are.
#pragma once

#include "engine/inspect/inspector.hpp"

#include <memory>

namespace vm::dialect::mysql {

std::unique_ptr<inspect::Inspector> make_inspector(db::Session& session);

/// COLUMN_TYPE ("varchar(100)", "enum('a','b')", "int(11) unsigned") as a type; Raw for what vm has no word for.
schema::Type parse_type(std::string_view text);

} // namespace vm::dialect::mysql

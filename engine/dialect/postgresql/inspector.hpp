// Reads a PostgreSQL catalog: one query per kind of thing, however many tables there are.
#pragma once

#include "engine/inspect/inspector.hpp"

#include <memory>

namespace vm::dialect::postgresql {

std::unique_ptr<inspect::Inspector> make_inspector(db::Session& session);

/// What format_type() prints ("character varying(100)", "numeric(12,2)[]") as a type; Raw for what vm has no word for.
schema::Type parse_type(std::string_view text);

} // namespace vm::dialect::postgresql

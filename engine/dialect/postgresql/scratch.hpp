// A scratch database next to the one a URL names.
#pragma once

#include "engine/db/scratch.hpp"
#include "engine/db/session.hpp"

#include <memory>

namespace vm::dialect::postgresql {

std::unique_ptr<db::ScratchDatabase> make_scratch(DatabaseUrl const& url, db::ConnectOptions const& options);

/// A schema in the URL's own database, the only one that sessions of its URL look in: for users who may make no
/// database.
std::unique_ptr<db::ScratchDatabase> make_scratch_schema(DatabaseUrl const& url, db::ConnectOptions const& options);

} // namespace vm::dialect::postgresql

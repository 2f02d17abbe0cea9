// Many rows changed fast on SQLite: one prepared UPDATE, run for each row by its key.
#pragma once

#include "engine/db/bulk.hpp"

namespace vm::dialect::sqlite {

db::BulkPath const& bulk_path();

} // namespace vm::dialect::sqlite

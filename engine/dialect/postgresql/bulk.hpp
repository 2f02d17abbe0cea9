// Many rows changed fast on PostgreSQL: COPY into a temporary table, one joined UPDATE for a batch.
#pragma once

#include "engine/db/bulk.hpp"

namespace vm::dialect::postgresql {

db::BulkPath const& bulk_path();

} // namespace vm::dialect::postgresql

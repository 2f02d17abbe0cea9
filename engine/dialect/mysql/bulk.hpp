// Many rows changed fast on MariaDB and MySQL: INSERT into a temporary table, one joined UPDATE for a batch.
#pragma once

#include "engine/db/bulk.hpp"

namespace vm::dialect::mysql {

db::BulkPath const& bulk_path();

} // namespace vm::dialect::mysql

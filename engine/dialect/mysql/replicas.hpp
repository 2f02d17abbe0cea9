// How far the replicas of a MariaDB or MySQL server are behind. The primary knows only who they are; each tells its own
// lag, so they are asked one by one.
#pragma once

#include "engine/db/replicas.hpp"

namespace vm::dialect::mysql {

std::unique_ptr<db::Replicas> make_replicas(db::ConnectTo connect_to);

} // namespace vm::dialect::mysql

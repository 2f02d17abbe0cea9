// One line for people: "create table 'users'", "add column 'users.email'".
#pragma once

#include "engine/op/operation.hpp"

namespace vm::op {

std::string describe(Operation const& operation);

} // namespace vm::op

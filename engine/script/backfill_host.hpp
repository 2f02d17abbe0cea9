// Row functions of backfills for processes that join one: what a script::Host may be besides.
#pragma once

#include "engine/op/backfill.hpp"
#include "engine/op/target.hpp"
#include "engine/script/header.hpp"

#include <memory>
#include <string>

namespace vm::script {

class BackfillHost {
 public:
  virtual ~BackfillHost() = default;
  /// The function a backfill of `script` was started with; `name` is what op::TransformSource::name() gave there.
  /// Throws ScriptError, once a transform is asked for, when the script has no such function.
  virtual std::unique_ptr<op::TransformSource> backfill_function(Header const& script, std::string const& name,
                                                                 op::Surroundings const& surroundings, bool skip_errors,
                                                                 bool whole_batch) = 0;
};

} // namespace vm::script

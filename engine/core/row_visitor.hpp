// The values of one row handed over as they are read, without a copy in between: for whoever turns them into something
// else at once.
#pragma once

#include "engine/core/value.hpp"

#include <cstdint>
#include <string_view>

namespace vm {

/// One call for each column, in order. Texts are valid during the call only.
class RowVisitor {
 public:
  virtual ~RowVisitor() = default;
  virtual void null() = 0;
  virtual void boolean(bool value) = 0;
  virtual void integer(std::int64_t value) = 0;
  virtual void number(double value) = 0;
  virtual void text(std::string_view value) = 0;
  virtual void decimal(std::string_view value) = 0;
  virtual void bytes(std::string_view value) = 0;
  virtual void array(Array const& value) = 0;
};

inline void visit_value(Value const& value, RowVisitor& visitor) {
  struct Visit {
    RowVisitor& to;
    void operator()(Null) const { to.null(); }
    void operator()(bool flag) const { to.boolean(flag); }
    void operator()(std::int64_t number) const { to.integer(number); }
    void operator()(double number) const { to.number(number); }
    void operator()(std::string const& text) const { to.text(text); }
    void operator()(Decimal const& number) const { to.decimal(number.text); }
    void operator()(Bytes const& bytes) const { to.bytes(bytes.data); }
    void operator()(Array const& array) const { to.array(array); }
  };
  std::visit(Visit{visitor}, value);
}

} // namespace vm

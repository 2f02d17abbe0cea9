// What tells two operations apart, and answers of the database as bytes: what a journal keeps to know, after a stop,
// whether a migration goes the same way again. Of the operation as a value, never of the SQL it becomes: that may
// depend on what the database holds.
#pragma once

#include "engine/op/operation.hpp"
#include "engine/op/target.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vm::op {

/// 128 bits, the same for the same operation in every build. Quick, not for safety against forgery.
struct Fingerprint {
  std::uint64_t high = 0, low = 0;
  bool operator==(Fingerprint const&) const = default;
  std::string hex() const; ///< 32 lower-case digits
};

Fingerprint fingerprint(Operation const& operation);
/// Of a query and of an inspection.
Fingerprint fingerprint(std::string_view text, std::optional<Parameters> const& parameters);
Fingerprint fingerprint(InspectScope const& scope);

/// The rows of a query.
struct RecordedRows {
  std::vector<std::string> columns = {};
  std::vector<std::vector<Value>> rows = {};
};

std::string encode(schema::Catalog const& catalog);
std::string encode(RecordedRows const& rows);
/// About how many bytes a row takes encoded.
std::size_t encoded_size(std::vector<Value> const& row);
/// Throw std::out_of_range for what encode() did not write.
schema::Catalog decode_catalog(std::string_view bytes);
RecordedRows decode_rows(std::string_view bytes);

} // namespace vm::op

// Checksums: SHA-256 of a script for drift, MD5 for the suffix of shortened constraint names (never for safety).
#pragma once

#include <string>
#include <string_view>

namespace vm {

/// 64 lower-case hex digits.
std::string sha256_hex(std::string_view bytes);

/// 32 lower-case hex digits.
std::string md5_hex(std::string_view bytes);

} // namespace vm

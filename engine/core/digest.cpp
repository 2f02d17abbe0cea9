#include "engine/core/digest.hpp"

#include <cstddef>
#include <cstdint>
#include <md5.h>
#include <sha2.h>
#include <sys/types.h>

namespace vm {

namespace {

std::string hex(std::uint8_t const* bytes, std::size_t size) {
  constexpr char digits[] = "0123456789abcdef";
  std::string result;
  result.reserve(size * 2);
  for (std::size_t i = 0; i < size; ++i) {
    result += digits[bytes[i] >> 4];
    result += digits[bytes[i] & 0x0F];
  }
  return result;
}

} // namespace

std::string sha256_hex(std::string_view bytes) {
  SHA2_CTX context;
  std::uint8_t digest[SHA256_DIGEST_LENGTH];
  SHA256Init(&context);
  SHA256Update(&context, reinterpret_cast<std::uint8_t const*>(bytes.data()), bytes.size());
  SHA256Final(digest, &context);
  return hex(digest, sizeof digest);
}

std::string md5_hex(std::string_view bytes) {
  MD5_CTX context;
  std::uint8_t digest[MD5_DIGEST_LENGTH];
  MD5Init(&context);
  MD5Update(&context, reinterpret_cast<std::uint8_t const*>(bytes.data()), bytes.size());
  MD5Final(digest, &context);
  return hex(digest, sizeof digest);
}

} // namespace vm

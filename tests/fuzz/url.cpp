// Database URLs: what is read is written and read again, and nothing that is shown holds the password.
#include "engine/core/database_url.hpp"
#include "engine/core/text.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <algorithm>

using namespace vm;

namespace {

/// Long enough, and found nowhere else, so that finding it means it leaked.
bool is_telling(std::string const& password, DatabaseUrl const& url) {
  if (password.size() < 6) return false;
  auto without = url;
  without.password.reset();
  auto const plain = std::all_of(password.begin(), password.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  });
  return plain && without.masked().find(password) == std::string::npos;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  auto const text = fuzz::text_of(data, size);
  auto const masked_text = mask_secrets(text);
  fuzz::accepts<ConfigError>([&] {
    auto const url = DatabaseUrl::parse(text);
    auto const masked = url.masked();
    auto expected = url;
    if (expected.password) expected.password = "***";
    auto read = DatabaseUrl::parse(masked);
    for (auto& [name, value] : read.parameters)
      if (value == "***") expected.parameters[name] = "***";
    fuzz::require(read == expected, "a masked URL is the URL but for its secrets", masked);
    if (!url.password || !is_telling(*url.password, url)) return;
    fuzz::require(masked.find(*url.password) == std::string::npos, "masked() hides the password", masked);
    // In a message a blank ends a URL; what stands elsewhere too is no secret.
    bool const is_word = trim(text).find_first_of(" \t\r\n") == std::string_view::npos;
    if (is_word && text.find(*url.password) == text.rfind(*url.password))
      fuzz::require(masked_text.find(*url.password) == std::string::npos, "mask_secrets() hides the password",
                    masked_text);
  });
  return 0;
}

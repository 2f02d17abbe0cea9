#include "engine/op/fingerprint.hpp"

#include "engine/op/archive.hpp"

#include <fmt/format.h>

namespace vm::op {

namespace {

/// Two lanes of multiply and shift over words of eight bytes.
class Hasher {
 public:
  void bytes(void const* data, std::size_t size) {
    auto const* at = static_cast<char const*>(data);
    for (; size >= sizeof(std::uint64_t); at += sizeof(std::uint64_t), size -= sizeof(std::uint64_t)) {
      std::uint64_t word = 0;
      std::memcpy(&word, at, sizeof word);
      mix(word);
    }
    if (size == 0) return;
    std::uint64_t word = size << 56U;
    std::memcpy(&word, at, size);
    mix(word);
  }

  Fingerprint result() const { return {finish(a_ ^ length_), finish(b_ + length_)}; }

 private:
  void mix(std::uint64_t word) {
    ++length_;
    a_ = (a_ ^ word) * 0x9e3779b97f4a7c15U;
    a_ ^= a_ >> 29U;
    b_ = (b_ + word) * 0xd1342543de82ef95U;
    b_ ^= b_ >> 31U;
  }
  static std::uint64_t finish(std::uint64_t lane) {
    for (int round = 0; round < 2; ++round) {
      lane ^= lane >> 32U;
      lane *= 0xd6e8feb86659fd93U;
    }
    return lane ^ (lane >> 32U);
  }

  std::uint64_t a_ = 0x243f6a8885a308d3U, b_ = 0x13198a2e03707344U, length_ = 0;
};

struct Text {
  std::string text = {};
  void bytes(void const* data, std::size_t size) { text.append(static_cast<char const*>(data), size); }
};

struct Counter {
  std::size_t size = 0;
  void bytes(void const*, std::size_t count) { size += count; }
};

template<class... T>
Fingerprint hash_of(T const&... values) {
  Hasher hasher;
  archive::Writer{hasher}(values...);
  return hasher.result();
}

} // namespace

std::string Fingerprint::hex() const {
  return fmt::format("{:016x}{:016x}", high, low);
}

Fingerprint fingerprint(Operation const& operation) {
  return hash_of(operation);
}

Fingerprint fingerprint(std::string_view text, std::optional<Parameters> const& parameters) {
  return hash_of(std::string{text}, parameters);
}

Fingerprint fingerprint(InspectScope const& scope) {
  return hash_of(scope);
}

std::string encode(schema::Catalog const& catalog) {
  Text out;
  archive::Writer{out}(catalog);
  return std::move(out.text);
}

std::string encode(RecordedRows const& rows) {
  Text out;
  archive::Writer{out}(rows.columns, rows.rows);
  return std::move(out.text);
}

std::size_t encoded_size(std::vector<Value> const& row) {
  Counter out;
  archive::Writer{out}(row);
  return out.size;
}

schema::Catalog decode_catalog(std::string_view bytes) {
  schema::Catalog catalog;
  archive::Reader{bytes}(catalog);
  return catalog;
}

RecordedRows decode_rows(std::string_view bytes) {
  RecordedRows rows;
  archive::Reader{bytes}(rows.columns, rows.rows);
  return rows;
}

} // namespace vm::op

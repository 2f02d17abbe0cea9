#include "engine/backfill/range.hpp"

#include "engine/core/error.hpp"

#include <fmt/format.h>

#include <charconv>

namespace vm::backfill {

namespace {

std::string with_length(char kind, std::string_view text) {
  return fmt::format("{}{}:{}", kind, text.size(), text);
}

[[noreturn]] void damaged(std::string_view text) {
  throw DatabaseError{fmt::format("vm_backfill holds a key that cannot be read: '{}'", text),
                      Hint{"somebody changed the table; `vm run backfill --forget` starts the backfill over"}};
}

} // namespace

std::string encode(Key const& key) {
  struct Encoder {
    std::string operator()(Null) const { return "n"; }
    std::string operator()(bool flag) const { return flag ? "y1" : "y0"; }
    std::string operator()(std::int64_t number) const { return fmt::format("i{}", number); }
    std::string operator()(double number) const { return fmt::format("r{:a}", number); }
    std::string operator()(std::string const& text) const { return with_length('t', text); }
    std::string operator()(Decimal const& number) const { return with_length('d', number.text); }
    std::string operator()(Bytes const& bytes) const {
      std::string hex;
      for (char const c : bytes.data) hex += fmt::format("{:02x}", static_cast<unsigned char>(c));
      return with_length('b', hex);
    }
    std::string operator()(Array const&) const {
      throw UsageError{"an array cannot be the key of a backfill", Hint{"name other columns as `key`"}};
    }
  };
  std::string text;
  for (auto const& value : key) {
    if (!text.empty()) text += ',';
    text += std::visit(Encoder{}, value);
  }
  return text;
}

Key decode(std::string_view text) {
  Key key;
  auto const whole = text;
  auto const number = [&](auto& value, int base_or_format) {
    auto const* const first = text.data();
    auto const* const last = text.data() + text.size();
    std::from_chars_result result{};
    if constexpr (std::is_same_v<std::remove_reference_t<decltype(value)>, double>)
      result = std::from_chars(first, last, value, std::chars_format::hex);
    else
      result = std::from_chars(first, last, value, base_or_format);
    if (result.ec != std::errc{}) damaged(whole);
    text.remove_prefix(static_cast<std::size_t>(result.ptr - first));
  };
  while (!text.empty()) {
    char const kind = text.front();
    text.remove_prefix(1);
    switch (kind) {
    case 'n': key.emplace_back(Null{}); break;
    case 'y': {
      int flag = 0;
      number(flag, 10);
      key.emplace_back(flag != 0);
      break;
    }
    case 'i': {
      std::int64_t value = 0;
      number(value, 10);
      key.emplace_back(value);
      break;
    }
    case 'r': {
      bool const negative = text.starts_with('-');
      if (negative) text.remove_prefix(1);
      if (text.starts_with("0x")) text.remove_prefix(2);
      double value = 0;
      number(value, 16);
      key.emplace_back(negative ? -value : value);
      break;
    }
    case 't':
    case 'd':
    case 'b': {
      std::size_t length = 0;
      number(length, 10);
      if (!text.starts_with(':') || text.size() < length + 1) damaged(whole);
      std::string part{text.substr(1, length)};
      text.remove_prefix(length + 1);
      if (kind == 't') {
        key.emplace_back(std::move(part));
      } else if (kind == 'd') {
        key.emplace_back(Decimal{std::move(part)});
      } else {
        Bytes bytes;
        for (std::size_t i = 0; i + 1 < part.size(); i += 2) {
          unsigned value = 0;
          std::from_chars(part.data() + i, part.data() + i + 2, value, 16);
          bytes.data += static_cast<char>(value);
        }
        key.emplace_back(std::move(bytes));
      }
      break;
    }
    default: damaged(whole);
    }
    if (text.starts_with(',')) text.remove_prefix(1);
  }
  return key;
}

std::string describe(std::vector<std::string> const& names, Key const& key, sql::Dialect const& dialect) {
  std::string text;
  for (std::size_t i = 0; i < names.size() && i < key.size(); ++i)
    text += fmt::format("{}{} = {}", i > 0 ? ", " : "", names[i], dialect.literal(key[i]));
  return text;
}

std::string KeyText::list(std::string_view suffix) const {
  std::string text;
  for (auto const& column : columns_) text += fmt::format("{}{}{}", text.empty() ? "" : ", ", column, suffix);
  return text;
}

std::string KeyText::compare(Key const& key, std::string_view sign, bool or_equal, std::string_view prefix) const {
  auto const equal = or_equal ? "=" : "";
  if (columns_.size() == 1)
    return fmt::format("{}{} {}{} {}", prefix, columns_[0], sign, equal, dialect_.literal(key.at(0)));
  if (row_values_) {
    std::string names, values;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      names += fmt::format("{}{}{}", i > 0 ? ", " : "", prefix, columns_[i]);
      values += (i > 0 ? ", " : "") + dialect_.literal(key.at(i));
    }
    return fmt::format("({}) {}{} ({})", names, sign, equal, values);
  }
  // a > 1 OR (a = 1 AND b > 2)
  std::string text = "(", equals;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    bool const last = i + 1 == columns_.size();
    if (i > 0) text += " OR ";
    text += fmt::format("({}{}{} {}{} {})", equals, prefix, columns_[i], sign, last ? equal : "",
                        dialect_.literal(key.at(i)));
    equals += fmt::format("{}{} = {} AND ", prefix, columns_[i], dialect_.literal(key.at(i)));
  }
  return text + ")";
}

std::string KeyText::after(Key const& key, std::string_view prefix) const {
  return compare(key, ">", false, prefix);
}

std::string KeyText::upto(Key const& key, std::string_view prefix) const {
  return compare(key, "<", true, prefix);
}

std::string KeyText::within(std::optional<Key> const& after, Key const& upto, std::string_view prefix) const {
  auto text = this->upto(upto, prefix);
  return after ? this->after(*after, prefix) + " AND " + text : text;
}

} // namespace vm::backfill

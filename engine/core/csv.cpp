#include "engine/core/csv.hpp"

#include "engine/core/files.hpp"
#include "engine/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace vm {

namespace {

constexpr std::size_t buffer_size = std::size_t{64} << 10;
constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

FileError cannot_read(std::filesystem::path const& path, int code) {
  FileError error{"read", path, reason_of(code)};
  error.code = code;
  return error;
}

} // namespace

CsvError::CsvError(std::string const& file, std::size_t line, std::string_view problem)
    : ScriptError{fmt::format("{}:{}: {}", file, line, problem)} {}

CsvReader::CsvReader(std::filesystem::path const& path, std::string shown, CsvFormat const& format)
    : path_{path},
      shown_{std::move(shown)},
      format_{format},
      buffer_(buffer_size, '\0') {
  file_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK); // a pipe must not wait for a writer
  if (file_ < 0) throw cannot_read(path, errno);
  try {
    struct stat status {};
    if (::fstat(file_, &status) != 0) throw cannot_read(path, errno);
    if (S_ISDIR(status.st_mode)) throw FileError{"read", path, "it is a folder"};
    if (!S_ISREG(status.st_mode)) throw FileError{"read", path, "it is not a regular file"};
    while (end_ < byte_order_mark.size() && fill()) {
    }
    if (std::string_view{buffer_.data(), end_}.starts_with(byte_order_mark)) position_ = byte_order_mark.size();
    for (std::size_t left = format_.skip; left > 0 && peek() >= 0;) {
      if (buffer_[position_++] != '\n') continue;
      ++line_;
      --left;
    }
  } catch (Error const&) {
    ::close(file_);
    throw;
  }
}

CsvReader::~CsvReader() {
  ::close(file_);
}

void CsvReader::fail(std::string_view problem) const {
  throw CsvError{shown_, record_line_, problem};
}

/// Reads more behind what is there; what was used is let go of first. False at the end of the file.
bool CsvReader::fill() {
  if (position_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + position_, end_ - position_);
    end_ -= position_;
    position_ = 0;
  }
  while (true) {
    auto const count = ::read(file_, buffer_.data() + end_, buffer_.size() - end_);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw cannot_read(path_, errno);
    end_ += static_cast<std::size_t>(count);
    return count > 0;
  }
}

/// The next byte, or -1 at the end.
int CsvReader::peek() {
  if (position_ == end_ && !fill()) return -1;
  return static_cast<unsigned char>(buffer_[position_]);
}

void CsvReader::append(CsvField& field, char const* data, std::size_t size) const {
  if (field.text.size() + size > format_.field_limit) {
    fail(fmt::format("a field is longer than {} bytes{}", format_.field_limit,
                     field.quoted ? "; is a quote left open?" : ""));
  }
  field.text.append(data, size);
}

/// Up to the delimiter or the end of the line, neither of which is taken.
void CsvReader::read_plain(CsvField& field) {
  while (peek() >= 0) {
    auto const* const begin = buffer_.data() + position_;
    auto const* const end = buffer_.data() + end_;
    auto const* const stop = std::find_if(begin, end, [this](char c) { return c == format_.delimiter || c == '\n'; });
    append(field, begin, static_cast<std::size_t>(stop - begin));
    position_ += static_cast<std::size_t>(stop - begin);
    if (stop == end) continue;
    // The line end may be CRLF.
    if (*stop == '\n' && field.text.ends_with('\r')) field.text.pop_back();
    return;
  }
}

/// From the opening quote to behind the closing one.
void CsvReader::read_quoted(CsvField& field) {
  field.quoted = true;
  ++position_;
  while (peek() >= 0) {
    auto const* const begin = buffer_.data() + position_;
    auto const* const end = buffer_.data() + end_;
    auto const* const stop = std::find(begin, end, format_.quote);
    append(field, begin, static_cast<std::size_t>(stop - begin));
    line_ += static_cast<std::size_t>(std::count(begin, stop, '\n'));
    position_ += static_cast<std::size_t>(stop - begin);
    if (stop == end) continue;
    ++position_;
    if (peek() != format_.quote) return;
    append(field, &format_.quote, 1);
    ++position_;
  }
  fail("a quoted field has no end");
}

void CsvReader::check(std::vector<CsvField> const& fields) const {
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (!is_utf8(fields[i].text)) fail(fmt::format("field {} is not valid UTF-8", i + 1));
    if (fields[i].text.find('\0') != std::string::npos) fail(fmt::format("field {} holds a zero byte", i + 1));
  }
}

bool CsvReader::next(std::vector<CsvField>& fields, bool blank_is_record) {
  while (true) {
    record_line_ = line_;
    if (peek() < 0) return false;
    std::size_t count = 0;
    while (true) {
      // The strings of the last record are used again.
      if (fields.size() <= count) fields.emplace_back();
      auto& field = fields[count++];
      field.text.clear();
      field.quoted = false;
      if (peek() == static_cast<unsigned char>(format_.quote))
        read_quoted(field);
      else
        read_plain(field);
      int const next = peek();
      if (next == static_cast<unsigned char>(format_.delimiter)) {
        ++position_;
        continue;
      }
      if (next == '\r') {
        ++position_;
        if (peek() >= 0 && peek() != '\n') fail("a quoted field is followed by text");
      } else if (next >= 0 && next != '\n') {
        fail("a quoted field is followed by text");
      }
      if (peek() == '\n') {
        ++position_;
        ++line_;
      }
      break;
    }
    fields.resize(count);
    bool const blank = count == 1 && fields[0].text.empty() && !fields[0].quoted;
    if (blank && !blank_is_record) continue;
    check(fields);
    return true;
  }
}

} // namespace vm

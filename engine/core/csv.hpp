// A CSV file read record by record, in constant memory: RFC 4180, with LF as good as CRLF. Knows text and lines,
// neither types nor what a column means.
#pragma once

#include "engine/core/error.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace vm {

struct CsvFormat {
  char delimiter = ',';
  char quote = '"';     ///< doubled inside a quoted field
  std::size_t skip = 0; ///< lines before the first record that are not read, whatever they hold
  std::size_t field_limit = std::size_t{64} << 20; ///< a longer field is an error: most likely a quote left open
};

struct CsvField {
  std::string text;
  bool quoted = false; ///< an empty field and `""` are different things to some readers
};

/// Where a record or a field of it breaks the rules. `file` is as it was given to the reader.
class CsvError : public ScriptError {
 public:
  CsvError(std::string const& file, std::size_t line, std::string_view problem);
};

class CsvReader {
 public:
  /// Opens `path`; `shown` is what messages call it. A byte order mark is skipped. Throws FileError for what is no
  /// regular file, and what CsvFormat cannot mean is the caller's to refuse.
  CsvReader(std::filesystem::path const& path, std::string shown, CsvFormat const& format);
  CsvReader(CsvReader const&) = delete;
  CsvReader& operator=(CsvReader const&) = delete;
  ~CsvReader();

  /// Fills `fields` with the next record; false at the end. Blank lines are passed over, except where `blank_is_record`
  /// says that one is a record of one empty field. Throws CsvError for a quote without end, text after a closing quote,
  /// a field that is too long, bytes that are no UTF-8 and zero bytes; FileError when reading fails.
  bool next(std::vector<CsvField>& fields, bool blank_is_record = false);

  /// The line on which the last record began, counted from 1.
  std::size_t line() const { return record_line_; }
  std::string const& file() const { return shown_; }
  [[noreturn]] void fail(std::string_view problem) const; ///< a CsvError at line()

 private:
  bool fill();
  int peek();
  void read_plain(CsvField& field);
  void read_quoted(CsvField& field);
  void append(CsvField& field, char const* data, std::size_t size) const;
  void check(std::vector<CsvField> const& fields) const;

  std::filesystem::path path_;
  std::string shown_;
  CsvFormat format_;
  int file_ = -1;
  std::string buffer_;
  std::size_t position_ = 0, end_ = 0;
  std::size_t line_ = 1, record_line_ = 1;
};

} // namespace vm

// SPDX-License-Identifier: Apache-2.0
//
// Reads CSV (RFC 4180) record by record: comma, double quotes, CRLF or LF, a UTF-8 byte order mark
// tolerated. Lines without anything but blanks, which exports leave at their end, are passed over.
// Files may be larger than memory. One thread at a time.
#pragma once

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <istream>
#include <string>
#include <string_view>
#include <vector>

namespace sample {

class CsvReader {
 public:
  struct Record {
    std::size_t line = 0;  // where it begins, from 1
    std::vector<std::string_view> fields;
    std::string_view fault;  // why it is not CSV; empty: it is
  };

  // Octets that a line, and a record that quotes line ends, may have. A forgotten quote or a file
  // that is no text must not be read as one record.
  static constexpr std::size_t kLongest = 65'535;

  // Throws std::runtime_error, as next() does, that names the file: it cannot be read.
  explicit CsvReader(const std::filesystem::path& file);
  // The same for a stream that outlives this, such as standard input; `name` is what errors call
  // it.
  CsvReader(std::istream& in, std::string name);
  CsvReader(const CsvReader&) = delete;
  CsvReader& operator=(const CsvReader&) = delete;

  // The file's path, or the stream's name.
  const std::string& name() const { return name_; }

  // Valid until the next call; null at the end of the file. Nothing follows a line that is too
  // long or a quoted field that does not end.
  const Record* next();

 private:
  enum class Line { read, none, too_long, utf16 };

  Line read_line();
  void split_plain();
  void split_quoted();
  void append_plain();
  void append_quoted();
  void stop(std::string_view fault);
  [[noreturn]] void fail() const;

  const std::string name_;
  std::ifstream file_;
  std::istream& in_;
  std::string buffer_;
  std::string_view rest_;  // what has not been split of the line in buffer_
  std::size_t line_ = 0;   // its number
  bool stopped_ = false;
  std::string texts_;              // of the fields of a record with quotes, one after the other
  std::vector<std::size_t> ends_;  // of each field in texts_
  Record record_;
};

}  // namespace sample

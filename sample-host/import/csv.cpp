// SPDX-License-Identifier: Apache-2.0
#include "import/csv.hpp"

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "text/utf8.hpp"

namespace sample {
namespace {

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t") == std::string_view::npos;
}

}  // namespace

CsvReader::CsvReader(const std::filesystem::path& file)
    : name_(file.string()), file_(file, std::ios::binary), in_(file_), buffer_(kLongest + 1, '\0') {
  if (!file_) fail();
}

CsvReader::CsvReader(std::istream& in, std::string name)
    : name_(std::move(name)), in_(in), buffer_(kLongest + 1, '\0') {}

const CsvReader::Record* CsvReader::next() {
  if (stopped_) return nullptr;
  record_.fields.clear();
  record_.fault = {};
  Line line = read_line();
  while (line == Line::read && is_blank(rest_)) line = read_line();
  if (line == Line::none) return nullptr;
  record_.line = line_;
  if (line == Line::too_long) {
    stop("the line is longer than 65,535 octets");
  } else if (line == Line::utf16) {
    stop("the file begins with the byte order mark of UTF-16; expected UTF-8");
  } else if (rest_.find('"') == std::string_view::npos) {
    split_plain();
  } else {
    split_quoted();
  }
  return &record_;
}

CsvReader::Line CsvReader::read_line() {
  in_.getline(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
  if (in_.bad()) fail();
  auto size = static_cast<std::size_t>(in_.gcount());
  if (size == 0) return Line::none;
  ++line_;
  if (in_.fail()) return Line::too_long;
  if (!in_.eof()) --size;  // the line feed is counted, but not stored
  rest_ = {buffer_.data(), size};
  if (line_ == 1) {
    const auto behind_mark = dcc::text::without_mark(rest_);
    if (!behind_mark) return Line::utf16;
    rest_ = *behind_mark;
  }
  if (rest_.ends_with('\r')) rest_.remove_suffix(1);
  return Line::read;
}

// The usual case: the fields are views of the line.
void CsvReader::split_plain() {
  for (auto comma = rest_.find(','); comma != std::string_view::npos; comma = rest_.find(',')) {
    record_.fields.push_back(rest_.substr(0, comma));
    rest_.remove_prefix(comma + 1);
  }
  record_.fields.push_back(rest_);
}

void CsvReader::split_quoted() {
  texts_.clear();
  ends_.clear();
  while (true) {
    if (rest_.starts_with('"')) {
      append_quoted();
    } else {
      append_plain();
    }
    if (!record_.fault.empty()) return;
    ends_.push_back(texts_.size());
    if (rest_.empty()) break;
    rest_.remove_prefix(1);  // the comma
  }
  std::size_t begin = 0;
  for (const std::size_t end : ends_) {
    record_.fields.push_back(std::string_view(texts_).substr(begin, end - begin));
    begin = end;
  }
}

// Takes a field without quotes from rest_, up to the comma or the end.
void CsvReader::append_plain() {
  const std::string_view field = rest_.substr(0, rest_.find(','));
  if (field.find('"') != std::string_view::npos) {
    record_.fault = "a quote inside a field that does not begin with one";
    return;
  }
  texts_ += field;
  rest_.remove_prefix(field.size());
}

// Takes a quoted field from rest_ and the lines that follow, up to the comma or the end.
void CsvReader::append_quoted() {
  rest_.remove_prefix(1);
  while (true) {
    const auto quote = rest_.find('"');
    texts_ += rest_.substr(0, quote);
    if (quote == std::string_view::npos) {
      texts_ += '\n';
      if (texts_.size() > kLongest || read_line() != Line::read) {
        return stop("a quoted field does not end");
      }
      continue;
    }
    rest_.remove_prefix(quote + 1);
    if (!rest_.starts_with('"')) break;
    texts_ += '"';  // a doubled quote
    rest_.remove_prefix(1);
  }
  if (!rest_.empty() && rest_.front() != ',') record_.fault = "text after a closing quote";
}

void CsvReader::stop(std::string_view fault) {
  record_.fault = fault;
  stopped_ = true;
}

void CsvReader::fail() const {
  throw std::runtime_error(name_ + ": cannot be read: " + std::strerror(errno));
}

}  // namespace sample

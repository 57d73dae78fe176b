// SPDX-License-Identifier: Apache-2.0
//
// JSON, written as it comes: without a tree, which would cost an answer more than its decision. One
// thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace dcc::foreign {

// Whoever uses it opens what it closes, and gives each member of an object a name.
class JsonWriter {
 public:
  JsonWriter() { text_.reserve(1024); }  // enough for most answers

  void open(char bracket) {
    begin();
    text_ += bracket;
    is_first_ = true;
  }
  void close(char bracket) {
    text_ += bracket;
    is_first_ = false;
  }
  void name(std::string_view name) {
    begin();
    quote(name);
    text_ += ':';
    is_first_ = true;
  }
  void text(std::string_view text) {
    begin();
    quote(text);
  }
  void integer(std::int64_t number) { word(std::to_string(number)); }
  // true, false or null.
  void word(std::string_view word) {
    begin();
    text_ += word;
  }
  void member(std::string_view name, std::string_view text) {
    this->name(name);
    this->text(text);
  }

  // In UTF-8, whatever octets the texts had.
  std::string take() &&;

 private:
  void begin() {
    if (!is_first_) text_ += ',';
    is_first_ = false;
  }
  void quote(std::string_view text);

  std::string text_;
  bool is_first_ = true;  // in its array or object, or after a name
};

}  // namespace dcc::foreign

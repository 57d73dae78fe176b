// SPDX-License-Identifier: Apache-2.0
//
// JSON as it was written: with doubled members, in their order, and without a copy of its texts.
// boost::json::value would keep the last of two members of one name and tell nobody.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <span>
#include <string>
#include <string_view>

namespace dcc::foreign {

// A value; its views live as long as the tree and the text that it was read from.
struct Json {
  enum class Type {
    null,
    boolean,
    integer,  // within 64 bits with a sign
    number,   // any other; `text` as it is spelt
    text,
    array,
    object,
  };

  Type type = Type::null;
  bool boolean = false;
  std::int64_t integer = 0;
  std::string_view name;  // of a member of an object
  std::string_view text;
  std::span<const Json> elements;  // of an array or object
};

// How a value is shown in an error: short, on one line.
std::string shown(const Json& value);

// `text`, unless it has more than DCCH_MAX_MESSAGE octets: BadInput, which calls it `what`.
std::string_view within_limit(std::string_view text, std::string_view what);

// One text, read. One thread at a time.
class JsonTree {
 public:
  // BadInput: it is not UTF-8 or not JSON, and where. `text` must outlive this.
  explicit JsonTree(std::string_view text);
  JsonTree(const JsonTree&) = delete;
  JsonTree& operator=(const JsonTree&) = delete;

  const Json& root() const { return root_; }

 private:
  std::array<std::byte, 4096> room_;  // enough for most requests
  std::pmr::monotonic_buffer_resource memory_{room_.data(), room_.size()};
  Json root_;
};

}  // namespace dcc::foreign

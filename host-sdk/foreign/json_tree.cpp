// SPDX-License-Identifier: Apache-2.0
#include "foreign/json_tree.hpp"

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <functional>
#include <vector>

#include "dcc/host.h"
#include "foreign/bad_input.hpp"
#include "host/one_line.hpp"

namespace dcc::foreign {
namespace {

namespace json = boost::json;
using Error = json::error_code;
using Type = Json::Type;

constexpr std::size_t kShown = 80;  // octets of a value in an error

// Takes the parser's events and puts the tree together, innermost values first.
class Builder {
 public:
  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);

  Builder(std::string_view source, std::pmr::memory_resource& memory)
      : source_(source), memory_(&memory) {
    open_.reserve(64);
  }

  const Json& root() const { return open_.front(); }

  bool on_document_begin(Error&) { return true; }
  bool on_document_end(Error&) { return true; }
  bool on_array_begin(Error&) { return begin(); }
  bool on_array_end(std::size_t count, Error&) { return end(Type::array, count); }
  bool on_object_begin(Error&) { return begin(); }
  bool on_object_end(std::size_t count, Error&) { return end(Type::object, count); }
  bool on_key_part(json::string_view part, std::size_t, Error&) { return add(part); }
  bool on_key(json::string_view part, std::size_t, Error&) {
    names_.back() = whole(part);
    return true;
  }
  bool on_string_part(json::string_view part, std::size_t, Error&) { return add(part); }
  bool on_string(json::string_view part, std::size_t, Error&) {
    value(Type::text).text = whole(part);
    return true;
  }
  bool on_number_part(json::string_view part, Error&) { return add(part); }
  bool on_int64(std::int64_t number, json::string_view, Error&) {
    parts_.clear();
    value(Type::integer).integer = number;
    return true;
  }
  bool on_uint64(std::uint64_t, json::string_view part, Error&) { return number(part); }
  bool on_double(double, json::string_view part, Error&) { return number(part); }
  bool on_bool(bool yes, Error&) {
    value(Type::boolean).boolean = yes;
    return true;
  }
  bool on_null(Error&) {
    value(Type::null);
    return true;
  }
  bool on_comment_part(json::string_view, Error&) { return true; }
  bool on_comment(json::string_view, Error&) { return true; }

 private:
  bool add(json::string_view part) {
    parts_.append(part.data(), part.size());
    return true;
  }
  // What is in the source stays there; what was escaped is copied.
  std::string_view whole(json::string_view last) {
    const std::less_equal<const char*> le;
    const bool in_source = parts_.empty() && le(source_.data(), last.data()) &&
                           le(last.data() + last.size(), source_.data() + source_.size());
    if (in_source) return {last.data(), last.size()};
    add(last);
    char* const copy = std::pmr::polymorphic_allocator<char>(memory_).allocate(parts_.size() + 1);
    std::ranges::copy(parts_, copy);
    const std::string_view text(copy, parts_.size());
    parts_.clear();
    return text;
  }
  bool number(json::string_view part) {
    const std::string_view text = whole(part);
    value(Type::number).text = text;
    return true;
  }
  Json& value(Type type) {
    Json& made = open_.emplace_back();
    made.type = type;
    if (!names_.empty()) made.name = std::exchange(names_.back(), {});
    return made;
  }
  bool begin() {
    names_.emplace_back();
    return true;
  }
  bool end(Type type, std::size_t count) {
    names_.pop_back();
    Json* const kept = std::pmr::polymorphic_allocator<Json>(memory_).allocate(count + 1);
    std::uninitialized_copy(open_.end() - static_cast<std::ptrdiff_t>(count), open_.end(), kept);
    open_.resize(open_.size() - count);
    value(type).elements = {kept, count};
    return true;
  }

  std::string_view source_;
  std::pmr::memory_resource* memory_;
  std::string parts_;                    // of a text that comes in several
  std::vector<Json> open_;               // finished values whose array or object has not ended
  std::vector<std::string_view> names_;  // of each open array or object, the member that comes
};

std::string quoted(std::string_view text) {
  return '"' + host::printable(text, kShown) + '"';
}

// Where the first character begins that is no UTF-8, counted from 1; 0: all of it is.
std::size_t not_utf8_at(std::string_view text) {
  if (host::is_utf8(text)) return 0;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t size = 1;  // of the character
    while (size <= 4 && !host::is_utf8(text.substr(at, size))) ++size;
    if (size > 4) return at + 1;
    at += size;
  }
  return text.size();
}

[[noreturn]] void refuse(std::string_view text, std::size_t octet, const std::string& why) {
  if (const std::size_t at = not_utf8_at(text); at != 0) {
    throw BadInput("octet " + std::to_string(at) + ": is not UTF-8");
  }
  if (octet >= text.size()) throw BadInput("ends too early: is not JSON: " + why);
  throw BadInput("octet " + std::to_string(octet + 1) + ": " +
                 quoted(text.substr(octet, text.find('\n', octet) - octet)) +
                 ": is not JSON: " + why);
}

}  // namespace

std::string shown(const Json& value) {
  switch (value.type) {
    case Type::null:
      return "null";
    case Type::boolean:
      return value.boolean ? "true" : "false";
    case Type::integer:
      return std::to_string(value.integer);
    case Type::number:
      return host::printable(value.text, kShown);
    case Type::text:
      return quoted(value.text);
    case Type::array:
      return value.elements.empty() ? "[]" : "[...]";
    case Type::object:
      return value.elements.empty() ? "{}" : "{...}";
  }
  return {};
}

std::string_view within_limit(std::string_view text, std::string_view what) {
  if (text.size() > DCCH_MAX_MESSAGE) {
    throw BadInput(std::string(what) + " has " + std::to_string(text.size()) +
                   " octets, expected " + std::to_string(DCCH_MAX_MESSAGE) + " at most");
  }
  return text;
}

JsonTree::JsonTree(std::string_view text) {
  json::basic_parser<Builder> parser(json::parse_options{}, text, memory_);
  Error error;
  const std::size_t read = parser.write_some(false, text.data(), text.size(), error);
  if (error) refuse(text, read, error.message());
  const std::size_t more = text.find_first_not_of(" \t\r\n", read);
  if (more != text.npos) refuse(text, more, "there is more than one value");
  root_ = parser.handler().root();
}

}  // namespace dcc::foreign

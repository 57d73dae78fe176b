// SPDX-License-Identifier: Apache-2.0
//
// JSON read strictly: what is not expected is refused, with its path, its value and what was
// expected. Pure; safe from any thread. What is wrong is thrown as BadInput.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include "foreign/json_tree.hpp"

namespace dcc::foreign {

// Where in a message a value stands: "acts[1].agent". Kept as a chain, because it is wanted only if
// something is wrong. The outer ones must outlive the inner.
class Path {
 public:
  Path() = default;
  Path(const Path& outer, std::string_view name) : outer_(&outer), name_(name) {}
  Path(const Path& outer, std::size_t index) : outer_(&outer), index_(index), is_index_(true) {}

  std::string text() const;

 private:
  const Path* outer_ = nullptr;
  std::string_view name_;
  std::size_t index_ = 0;
  bool is_index_ = false;
};

// `found` is "" if there is no value to show.
[[noreturn]] void refuse(const Path& path, const std::string& found, const std::string& expected);

inline constexpr std::size_t kMaxMembers = 256;

// The members of an object whose names are free: no two of one name, none too many.
std::span<const Json> free_members(const Json& json, const Path& path);

// The members of an object, each of which has one of `names`, and each name once.
class Members {
 public:
  // Must not outlive its arguments.
  Members(const Json& json, const Path& path, std::span<const std::string_view> names);

  const Path& path() const { return path_; }
  // Null: it is not there.
  const Json* find(std::string_view name) const;
  // Refused: it is not there.
  const Json& at(std::string_view name) const;

 private:
  std::span<const Json> members_;
  const Path& path_;
};

// The value itself. A word is a text on one line, of 1 to `limit` octets, with nothing in it that
// is not seen.
inline constexpr std::size_t kMaxWord = 64;
std::string_view read_text(const Json& json, const Path& path);
std::string_view read_word(const Json& json, const Path& path, std::size_t limit = kMaxWord);
void check_word(std::string_view word, const Path& path, std::size_t limit);
std::uint64_t read_eui64(std::string_view text, const Path& path);
bool read_boolean(const Json& json, const Path& path);
std::span<const Json> read_array(const Json& json, const Path& path);

inline constexpr std::int64_t kMaxInteger = (std::int64_t{1} << 53) - 1;
inline constexpr std::int64_t kMaxTime = 253'402'300'799'999;  // the end of the year 9999
std::int64_t read_integer(const Json& json, const Path& path, std::int64_t at_most = kMaxInteger,
                          std::int64_t at_least = 0);

// The same of a member that must be there.
std::string_view read_text(const Members& members, std::string_view name);
std::string_view read_word(const Members& members, std::string_view name,
                           std::size_t limit = kMaxWord);
std::uint64_t read_eui64(const Members& members, std::string_view name);
bool read_boolean(const Members& members, std::string_view name);
// An absolute one.
std::filesystem::path read_path(const Members& members, std::string_view name);
std::int64_t read_integer(const Members& members, std::string_view name,
                          std::int64_t at_most = kMaxInteger, std::int64_t at_least = 0);

}  // namespace dcc::foreign

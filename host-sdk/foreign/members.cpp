// SPDX-License-Identifier: Apache-2.0
#include "foreign/members.hpp"

#include <algorithm>

#include "dcc/plugin.hpp"
#include "foreign/bad_input.hpp"
#include "host/one_line.hpp"

namespace dcc::foreign {
namespace {

constexpr std::size_t kShownName = 80;
constexpr std::size_t kMaxPath = 4000;

[[noreturn]] void refuse_doubled(const Json& first, const Json& second, const Path& path) {
  refuse(Path(path, second.name), shown(second),
         "to stand there once; it is there already, with " + shown(first));
}

void check_object(const Json& json, const Path& path) {
  if (json.type != Json::Type::object) refuse(path, shown(json), "an object");
}

// What everybody writes, and nobody has to look at twice.
bool is_plain(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

}  // namespace

std::string Path::text() const {
  if (outer_ == nullptr) return {};
  std::string whole = outer_->text();
  if (is_index_) return whole + '[' + std::to_string(index_) + ']';
  if (!whole.empty()) whole += '.';
  return whole + host::printable(name_, kShownName);
}

void refuse(const Path& path, const std::string& found, const std::string& expected) {
  std::string what = path.text();
  for (const std::string& part : {found, "expected " + expected}) {
    if (part.empty()) continue;
    if (!what.empty()) what += ": ";
    what += part;
  }
  throw BadInput(what);
}

std::span<const Json> free_members(const Json& json, const Path& path) {
  check_object(json, path);
  if (json.elements.size() > kMaxMembers) {
    refuse(path, std::to_string(json.elements.size()) + " members",
           std::to_string(kMaxMembers) + " at most");
  }
  for (auto member = json.elements.begin(); member != json.elements.end(); ++member) {
    const auto same = std::find_if(json.elements.begin(), member,
                                   [&](const Json& other) { return other.name == member->name; });
    if (same != member) refuse_doubled(*same, *member, path);
  }
  return json.elements;
}

Members::Members(const Json& json, const Path& path, std::span<const std::string_view> names)
    : members_(json.elements), path_(path) {
  check_object(json, path);
  std::uint32_t seen = 0;  // a bit per name
  for (const Json& member : members_) {
    const auto known = std::ranges::find(names, member.name);
    if (known == names.end()) {
      std::string list;
      for (const std::string_view name : names) (list += list.empty() ? "" : ", ") += name;
      refuse(Path(path, member.name), shown(member), "no such member, only " + list);
    }
    const std::uint32_t bit = std::uint32_t{1} << (known - names.begin());
    if ((seen & bit) != 0) refuse_doubled(*find(member.name), member, path);
    seen |= bit;
  }
}

const Json* Members::find(std::string_view name) const {
  const auto found = std::ranges::find(members_, name, &Json::name);
  return found == members_.end() ? nullptr : &*found;
}

const Json& Members::at(std::string_view name) const {
  if (const Json* const found = find(name)) return *found;
  refuse(Path(path_, name), "", "to be there");
}

std::string_view read_text(const Json& json, const Path& path) {
  if (json.type != Json::Type::text) refuse(path, shown(json), "a text");
  return json.text;
}

void check_word(std::string_view word, const Path& path, std::size_t limit) {
  const bool is_word = !word.empty() && word.size() <= limit &&
                       (is_plain(word) || host::one_line(word, word.size()) == word);
  if (is_word) return;
  Json value;
  value.type = Json::Type::text;
  value.text = word;
  refuse(path, shown(value),
         "1 to " + std::to_string(limit) + " octets on one line, and all of them seen");
}

std::string_view read_word(const Json& json, const Path& path, std::size_t limit) {
  const std::string_view word = read_text(json, path);
  check_word(word, path, limit);
  return word;
}

std::uint64_t read_eui64(std::string_view text, const Path& path) {
  if (const auto id = dcc::parse_eui64(text)) return *id;
  Json value;
  value.type = Json::Type::text;
  value.text = text;
  refuse(path, shown(value), "an EUI-64 such as \"00-DB-12-34-56-78-90-01\"");
}

bool read_boolean(const Json& json, const Path& path) {
  if (json.type != Json::Type::boolean) refuse(path, shown(json), "true or false");
  return json.boolean;
}

std::span<const Json> read_array(const Json& json, const Path& path) {
  if (json.type != Json::Type::array) refuse(path, shown(json), "an array");
  return json.elements;
}

std::int64_t read_integer(const Json& json, const Path& path, std::int64_t at_most,
                          std::int64_t at_least) {
  if (json.type != Json::Type::integer || json.integer < at_least || json.integer > at_most) {
    refuse(path, shown(json),
           "an integer from " + std::to_string(at_least) + " to " + std::to_string(at_most));
  }
  return json.integer;
}

std::string_view read_text(const Members& members, std::string_view name) {
  return read_text(members.at(name), {members.path(), name});
}

std::string_view read_word(const Members& members, std::string_view name, std::size_t limit) {
  return read_word(members.at(name), {members.path(), name}, limit);
}

std::uint64_t read_eui64(const Members& members, std::string_view name) {
  return read_eui64(read_text(members, name), {members.path(), name});
}

bool read_boolean(const Members& members, std::string_view name) {
  return read_boolean(members.at(name), {members.path(), name});
}

std::filesystem::path read_path(const Members& members, std::string_view name) {
  const std::string_view text = read_word(members, name, kMaxPath);
  if (text.front() != '/') {
    refuse(Path(members.path(), name), shown(members.at(name)), "an absolute path");
  }
  return std::filesystem::path(text);
}

std::int64_t read_integer(const Members& members, std::string_view name, std::int64_t at_most,
                          std::int64_t at_least) {
  return read_integer(members.at(name), {members.path(), name}, at_most, at_least);
}

}  // namespace dcc::foreign

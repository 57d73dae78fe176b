// SPDX-License-Identifier: Apache-2.0
//
// Values as PostgreSQL takes and gives them in binary. EUI-64s and counters are the signed integer
// of the same 64 bits. Plain values.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "duis/identifiers.hpp"

namespace sample::postgresql {

// The most significant octet first.
template <typename Integer>
void put_integer(std::string& octets, Integer value) {
  std::array<char, sizeof value> all{};
  auto left = static_cast<std::uint64_t>(value);
  for (auto octet = all.rbegin(); octet != all.rend(); ++octet, left >>= 8) {
    *octet = static_cast<char>(left & 0xff);
  }
  octets.append(all.data(), all.size());
}

// Of one, two, four or eight octets.
std::int64_t read_integer(std::string_view octets);

inline std::int64_t as_signed(std::uint64_t value) {
  return std::bit_cast<std::int64_t>(value);
}

// One column of many rows, which is one parameter: an array.
class Column {
 public:
  // By the numbers that the server's types have.
  enum class Type : std::int32_t { boolean = 16, bytea = 17, int8 = 20, text = 25 };

  explicit Column(Type type) : type_(type) {}

  void add(std::int64_t value);
  void add(dcc::duis::Eui64 value) { add(as_signed(value.value)); }
  void add(bool value);
  void add(std::string_view octets);  // of text and bytea
  void add_null();

  std::size_t size() const { return count_; }
  std::string octets() const;

 private:
  Type type_;
  std::size_t count_ = 0;
  bool has_nulls_ = false;
  std::string elements_;
};

// The parameters of a call, in order; nothing: NULL.
class Parameters {
 public:
  Parameters() = default;
  template <typename... Values>
  explicit Parameters(const Values&... values) {
    (add(values), ...);
  }

  void add(std::int64_t value) { put_integer(all_.emplace_back().emplace(), value); }
  void add(dcc::duis::Eui64 value) { add(as_signed(value.value)); }
  void add(bool value) { all_.emplace_back(std::string(1, value ? '\1' : '\0')); }
  void add(std::string_view octets) { all_.emplace_back(octets); }  // of text and bytea
  void add(const Column& column) { all_.emplace_back(column.octets()); }
  void add(const std::optional<dcc::duis::Eui64>& value) {
    if (value) {
      add(*value);
    } else {
      all_.emplace_back();
    }
  }
  // Not for what would become a bool.
  void add(const char*) = delete;

  const std::vector<std::optional<std::string>>& all() const { return all_; }

 private:
  std::vector<std::optional<std::string>> all_;
};

}  // namespace sample::postgresql

// SPDX-License-Identifier: Apache-2.0
#include "store/postgresql/wire.hpp"

namespace sample::postgresql {

std::int64_t read_integer(std::string_view octets) {
  // The first octet has the sign.
  std::int64_t value = octets.empty() ? 0 : static_cast<signed char>(octets.front());
  for (const char octet : octets.substr(octets.empty() ? 0 : 1)) {
    value = static_cast<std::int64_t>(static_cast<std::uint64_t>(value) << 8 |
                                      static_cast<unsigned char>(octet));
  }
  return value;
}

void Column::add(std::int64_t value) {
  ++count_;
  put_integer(elements_, std::int32_t{8});
  put_integer(elements_, value);
}

void Column::add(bool value) {
  ++count_;
  put_integer(elements_, std::int32_t{1});
  elements_ += value ? '\1' : '\0';
}

void Column::add(std::string_view octets) {
  ++count_;
  put_integer(elements_, static_cast<std::int32_t>(octets.size()));
  elements_ += octets;
}

void Column::add_null() {
  ++count_;
  has_nulls_ = true;
  put_integer(elements_, std::int32_t{-1});
}

std::string Column::octets() const {
  std::string octets;
  octets.reserve(20 + elements_.size());
  const bool empty = count_ == 0;
  put_integer(octets, std::int32_t{empty ? 0 : 1});  // dimensions
  put_integer(octets, std::int32_t{has_nulls_});
  put_integer(octets, static_cast<std::int32_t>(type_));
  if (empty) return octets;
  put_integer(octets, static_cast<std::int32_t>(count_));
  put_integer(octets, std::int32_t{1});  // the first one's index
  return octets += elements_;
}

}  // namespace sample::postgresql

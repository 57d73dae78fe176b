// SPDX-License-Identifier: Apache-2.0
#include "adaptor/schema_versions.hpp"

#include <algorithm>

namespace dcc::adaptor {
namespace {

constexpr std::string_view kDigits = "0123456789";

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

}  // namespace

std::optional<Decimal> Decimal::parse(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  const auto point = std::min(text.find('.'), text.size());
  auto integer = text.substr(0, point);
  auto fraction = text.substr(std::min(point + 1, text.size()));
  if (integer.empty() && fraction.empty()) return std::nullopt;
  if (integer.find_first_not_of(kDigits) != std::string_view::npos) return std::nullopt;
  if (fraction.find_first_not_of(kDigits) != std::string_view::npos) return std::nullopt;

  integer.remove_prefix(std::min(integer.find_first_not_of('0'), integer.size()));
  fraction = fraction.substr(0, fraction.find_last_not_of('0') + 1);
  if (negative && !(integer.empty() && fraction.empty())) return std::nullopt;
  Decimal decimal;
  decimal.integer_ = integer;
  decimal.fraction_ = fraction;
  return decimal;
}

std::strong_ordering Decimal::operator<=>(const Decimal& other) const {
  // More digits, no leading zeros: the larger integer.
  if (const auto c = integer_.size() <=> other.integer_.size(); c != 0) return c;
  if (const auto c = integer_ <=> other.integer_; c != 0) return c;
  return fraction_ <=> other.fraction_;
}

std::optional<SchemaVersions> SchemaVersions::parse(std::string_view text) {
  SchemaVersions versions;
  for (bool more = true; more;) {
    const auto comma = text.find(',');
    more = comma != std::string_view::npos;
    const auto part = trim(text.substr(0, comma));
    if (more) text.remove_prefix(comma + 1);

    const auto dash = part.find('-');
    const auto first = Decimal::parse(trim(part.substr(0, dash)));
    const auto last =
        dash == std::string_view::npos ? first : Decimal::parse(trim(part.substr(dash + 1)));
    if (!first || !last || *last < *first) return std::nullopt;
    versions.ranges_.push_back({*first, *last});
  }
  return versions;
}

bool SchemaVersions::accepts(std::string_view version) const {
  const auto decimal = Decimal::parse(version);
  return decimal && std::any_of(ranges_.begin(), ranges_.end(), [&](const Range& range) {
           return range.first <= *decimal && *decimal <= range.last;
         });
}

}  // namespace dcc::adaptor

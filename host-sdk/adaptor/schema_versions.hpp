// SPDX-License-Identifier: Apache-2.0
//
// Which values of a message's schemaVersion the host accepts. Plain values.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dcc::adaptor {

// A non-negative xs:decimal, compared by its value: 5.4, 5.40 and +05.4 are one.
class Decimal {
 public:
  static std::optional<Decimal> parse(std::string_view text);
  std::strong_ordering operator<=>(const Decimal&) const;
  bool operator==(const Decimal&) const = default;

 private:
  std::string integer_;   // without leading zeros
  std::string fraction_;  // without trailing zeros
};

// Which values of a message's schemaVersion the host accepts.
class SchemaVersions {
 public:
  // A comma-separated list of decimals and of ranges, ends included: "2.0-3.1, 5.4".
  static std::optional<SchemaVersions> parse(std::string_view text);
  // `version`: an xs:decimal, whitespace already collapsed.
  bool accepts(std::string_view version) const;

 private:
  struct Range {
    Decimal first, last;
  };
  std::vector<Range> ranges_;
};

}  // namespace dcc::adaptor

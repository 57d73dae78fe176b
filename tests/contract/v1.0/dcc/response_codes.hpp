// SPDX-License-Identifier: Apache-2.0
//
// The response codes that DUIS 5.4 knows (the schema's type ResponseCode), by name only: no other
// may stand in a response. C++17, header-only, for both sides of the contract; any thread.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace dcc {

// Sorted.
inline constexpr std::array<std::string_view, 194> kResponseCodes = {
    "E010101", "E010102", "E010201", "E030301", "E030302", "E040101", "E041701", "E050101",
    "E050102", "E050103", "E050105", "E050107", "E050108", "E050109", "E050110", "E050111",
    "E050112", "E050201", "E050202", "E050301", "E050302", "E060501", "E060502", "E060701",
    "E060801", "E060802", "E060803", "E061301", "E061304", "E061305", "E061501", "E061504",
    "E061505", "E061506", "E061507", "E061508", "E061509", "E061801", "E061802", "E061803",
    "E062101", "E062102", "E062103", "E062105", "E062201", "E062202", "E062203", "E062301",
    "E062302", "E062303", "E062304", "E062305", "E062306", "E062401", "E062402", "E062403",
    "E062801", "E062802", "E062803", "E080201", "E080202", "E080301", "E080302", "E080405",
    "E080406", "E080407", "E080408", "E080409", "E080410", "E080411", "E080412", "E080413",
    "E080414", "E080415", "E080501", "E080502", "E080503", "E080601", "E080602", "E080604",
    "E080606", "E080607", "E080702", "E080721", "E080722", "E080723", "E080801", "E080821",
    "E080822", "E080901", "E080902", "E080903", "E081101", "E081102", "E081104", "E081105",
    "E081106", "E081107", "E081108", "E081109", "E081110", "E081111", "E081202", "E081204",
    "E081205", "E081221", "E081222", "E081223", "E081301", "E081302", "E081303", "E081401",
    "E081402", "E081405", "E081406", "E1",      "E100",    "E1000",   "E1001",   "E1003",
    "E1004",   "E1006",   "E1007",   "E1008",   "E1010",   "E1011",   "E11",     "E110101",
    "E110102", "E110103", "E110105", "E110106", "E110401", "E110402", "E110403", "E110405",
    "E12",     "E120101", "E120102", "E120103", "E120201", "E120203", "E120204", "E120207",
    "E13",     "E17",     "E19",     "E2",      "E20",     "E21",     "E3",      "E30",
    "E31",     "E4",      "E40",     "E41",     "E42",     "E43",     "E44",     "E45",
    "E46",     "E47",     "E48",     "E49",     "E5",      "E50",     "E51",     "E52",
    "E53",     "E54",     "E55",     "E56",     "E57",     "E58",     "E59",     "E60",
    "E61",     "E62",     "E63",     "E64",     "E65",     "E66",     "E67",     "E68",
    "E69",     "E70",     "E71",     "I0",      "I99",     "W050201", "W050301", "W081401",
    "W110101", "W110401"};

// A name of up to eight characters as a number; numbers sort as the names do.
constexpr std::uint64_t packed(std::string_view name) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < 8; ++i)
    number = number << 8 | (i < name.size() ? static_cast<unsigned char>(name[i]) : 0u);
  return number;
}

inline constexpr auto kPackedResponseCodes = [] {
  std::array<std::uint64_t, kResponseCodes.size()> numbers{};
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = packed(kResponseCodes[i]);
  return numbers;
}();

// Spelling counts: upper case, no surrounding space.
inline bool is_response_code(std::string_view name) {
  return name.size() <= 8 &&
         std::binary_search(kPackedResponseCodes.begin(), kPackedResponseCodes.end(), packed(name));
}

}  // namespace dcc

// SPDX-License-Identifier: Apache-2.0
#include "import/fields.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <optional>
#include <span>

#include "host/one_line.hpp"

namespace sample {
namespace {

// A spelling in the file, and the one that is stored.
struct Spelling {
  std::string_view read;
  std::string_view stored;
};

constexpr std::array<Spelling, 11> kRoles{{{"EIS", "EIS"},
                                           {"IS", "EIS"},
                                           {"GIS", "GIS"},
                                           {"GS", "GIS"},
                                           {"SNA", "SNA"},
                                           {"RSA", "SNA"},
                                           {"ES", "ES"},
                                           {"ED", "ED"},
                                           {"GT", "GT"},
                                           {"OU", "OU"},
                                           {"MDR", "MDR"}}};

constexpr std::array<std::string_view, 2> kUserStatuses{"Active", "Suspended"};

constexpr std::array<std::string_view, 8> kDeviceTypes{"ESME",   "GSME",  "GPF", "CHF",
                                                       "HCALCS", "PPMID", "IHD", "CAD"};

constexpr std::array<std::string_view, 9> kSmiStatuses{
    "Pending",      "Whitelisted",    "InstalledNotCommissioned",
    "Commissioned", "Decommissioned", "Withdrawn",
    "Suspended",    "Recovery",       "Recovered"};

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

[[noreturn]] void refuse(std::string_view field, std::string_view value,
                         const std::string& expected) {
  throw BadField(std::string(field) + " is " + shown(value) + ", expected " + expected);
}

std::string_view one_of(std::string_view field, std::string_view value,
                        std::span<const std::string_view> allowed) {
  const auto found = std::ranges::find(allowed, value);
  if (found != allowed.end()) return *found;
  std::string expected = "one of";
  for (const std::string_view word : allowed) expected.append(" ").append(word);
  refuse(field, value, expected);
}

std::optional<unsigned> digits(std::string_view text) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.begin(), text.end(), number);
  if (error != std::errc{} || end != text.end()) return std::nullopt;
  return number;
}

bool is_date(std::string_view value) {
  if (value.size() != 10 || value[4] != '-' || value[7] != '-') return false;
  const auto year = digits(value.substr(0, 4));
  const auto month = digits(value.substr(5, 2));
  const auto day = digits(value.substr(8, 2));
  if (!year || !month || !day) return false;
  return std::chrono::year_month_day(std::chrono::year(static_cast<int>(*year)),
                                     std::chrono::month(*month), std::chrono::day(*day))
      .ok();
}

}  // namespace

std::string shown(std::string_view value) {
  constexpr std::size_t kShown = 60;
  return "'" + dcc::host::printable(value, kShown) + "'";
}

Value parse_eui(std::string_view field, std::string_view text) {
  const auto eui = dcc::duis::Eui64::parse(text);
  if (!eui) refuse(field, text, "an EUI-64 such as 90-B3-D5-1F-30-01-00-00");
  return *eui;
}

Value parse_role(std::string_view field, std::string_view text) {
  const auto found = std::ranges::find(kRoles, text, &Spelling::read);
  if (found == kRoles.end()) {
    refuse(field, text, "one of EIS|IS GIS|GS SNA|RSA ES ED GT OU MDR");
  }
  return found->stored;
}

Value parse_user_status(std::string_view field, std::string_view text) {
  return one_of(field, text, kUserStatuses);
}

Value parse_device_type(std::string_view field, std::string_view text) {
  return one_of(field, text, kDeviceTypes);
}

Value parse_smi_status(std::string_view field, std::string_view text) {
  return one_of(field, text, kSmiStatuses);
}

Value parse_date(std::string_view field, std::string_view text) {
  if (!is_date(text)) refuse(field, text, "a day of the calendar, YYYY-MM-DD");
  return text;
}

Value parse_date_if_any(std::string_view field, std::string_view text) {
  return text.empty() ? text : parse_date(field, text);
}

Value parse_name(std::string_view field, std::string_view text) {
  if (!dcc::host::is_utf8(text) || std::ranges::any_of(text, is_control)) {
    refuse(field, text, "one line of UTF-8 text");
  }
  return text;
}

}  // namespace sample

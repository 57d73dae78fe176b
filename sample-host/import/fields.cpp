// SPDX-License-Identifier: Apache-2.0
#include "import/fields.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <optional>

#include "host/one_line.hpp"

namespace sample {
namespace {

// The words behind `one of` are what is read: of `A|B` A is stored.
constexpr std::string_view kOneOf = "one of ";
constexpr std::string_view kAnEui = "an EUI-64 such as 90-B3-D5-1F-30-01-00-00";
constexpr std::string_view kRoles = "one of EIS|IS GIS|GS SNA|RSA ES ED GT OU MDR";
constexpr std::string_view kUserStatuses = "one of Active Suspended";
constexpr std::string_view kDeviceTypes = "one of ESME GSME GPF CHF HCALCS PPMID IHD CAD";
constexpr std::string_view kSmiStatuses =
    "one of Pending Whitelisted InstalledNotCommissioned Commissioned Decommissioned Withdrawn "
    "Suspended Recovery Recovered";
constexpr std::string_view kADay = "a day of the calendar, YYYY-MM-DD";
constexpr std::string_view kADayOrNothing = "a day of the calendar, YYYY-MM-DD, or nothing";
constexpr std::string_view kALine = "one line of UTF-8 text";

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

[[noreturn]] void refuse(std::string_view field, std::string_view value,
                         std::string_view expected) {
  throw BadField(std::string(field) + " is " + shown(value) + ", expected " +
                 std::string(expected));
}

// Takes what stands before the mark, and the mark, from the text.
std::string_view take(std::string_view& text, char mark) {
  const auto end = text.find(mark);
  const auto taken = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return taken;
}

Value parse_word(std::string_view field, std::string_view value, std::string_view expected) {
  auto words = expected.substr(kOneOf.size());
  while (!words.empty()) {
    auto spellings = take(words, ' ');
    const auto stored = spellings.substr(0, spellings.find('|'));
    while (!spellings.empty())
      if (take(spellings, '|') == value) return stored;
  }
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

Value parse_eui(std::string_view field, std::string_view text) {
  const auto eui = dcc::duis::Eui64::parse(text);
  if (!eui) refuse(field, text, kAnEui);
  return *eui;
}

Value parse_role(std::string_view field, std::string_view text) {
  return parse_word(field, text, kRoles);
}

Value parse_user_status(std::string_view field, std::string_view text) {
  return parse_word(field, text, kUserStatuses);
}

Value parse_device_type(std::string_view field, std::string_view text) {
  return parse_word(field, text, kDeviceTypes);
}

Value parse_smi_status(std::string_view field, std::string_view text) {
  return parse_word(field, text, kSmiStatuses);
}

Value parse_day(std::string_view field, std::string_view text) {
  if (!is_date(text)) refuse(field, text, kADay);
  return text;
}

Value parse_day_or_nothing(std::string_view field, std::string_view text) {
  if (!text.empty() && !is_date(text)) refuse(field, text, kADayOrNothing);
  return text;
}

Value parse_name(std::string_view field, std::string_view text) {
  if (!dcc::host::is_utf8(text) || std::ranges::any_of(text, is_control)) {
    refuse(field, text, kALine);
  }
  return text;
}

}  // namespace

std::string shown(std::string_view value) {
  constexpr std::size_t kShown = 60;
  return "'" + dcc::host::printable(value, kShown) + "'";
}

constinit const FieldType kEui{kAnEui, parse_eui};
constinit const FieldType kRole{kRoles, parse_role};
constinit const FieldType kUserStatus{kUserStatuses, parse_user_status};
constinit const FieldType kDeviceType{kDeviceTypes, parse_device_type};
constinit const FieldType kSmiStatus{kSmiStatuses, parse_smi_status};
constinit const FieldType kDay{kADay, parse_day};
constinit const FieldType kDayOrNothing{kADayOrNothing, parse_day_or_nothing};
constinit const FieldType kName{kALine, parse_name};

}  // namespace sample

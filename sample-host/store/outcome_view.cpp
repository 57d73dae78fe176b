// SPDX-License-Identifier: Apache-2.0
#include "store/outcome_view.hpp"

#include <boost/json.hpp>
#include <optional>

#include "duis/writer.hpp"
#include "store/outcome_json.hpp"

namespace sample {
namespace {

namespace json = boost::json;

json::value eui_or_null(const std::optional<Eui64>& eui) {
  return eui ? json::value(eui->text()) : json::value(nullptr);
}

}  // namespace

std::string hex(std::string_view octets) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(2 * octets.size());
  for (const char octet : octets) {
    text += kDigits[static_cast<unsigned char>(octet) >> 4];
    text += kDigits[static_cast<unsigned char>(octet) & 0xf];
  }
  return text;
}

std::optional<std::string> from_hex(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdefABCDEF";
  if (text.size() % 2 != 0) return std::nullopt;
  std::string octets;
  unsigned octet = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto digit = kDigits.find(text[i]);
    if (digit == std::string_view::npos) return std::nullopt;
    octet = octet << 4 | static_cast<unsigned>(digit < 16 ? digit : digit - 6);
    if (i % 2 == 0) continue;
    octets += static_cast<char>(octet);
    octet = 0;
  }
  return octets;
}

json::array items_view(const Outcome& outcome) {
  json::array items;
  for (const auto& item : outcome.items) {
    items.push_back({{"path", item.path}, {"value", item.value}});
  }
  return items;
}

json::object outcome_view(const StoredOutcome& stored) {
  const Outcome& outcome = stored.outcome;
  return {{"cursor", stored.cursor},
          {"request_id", outcome.request_id.text()},
          {"srv", outcome.srv},
          {"role", outcome.role},
          {"originator", outcome.request_id.originator.text()},
          {"device_id", eui_or_null(outcome.device_id)},
          {"code", outcome.code},
          {"reason", outcome.reason},
          {"repeated", stored.repeated},
          {"received_at", dcc::duis::date_time(outcome.received_at)},
          {"decided_at", dcc::duis::date_time(outcome.decided_at)},
          {"handler", outcome.handler},
          {"settings_hash", outcome.settings_hash},
          {"facts", facts_view(outcome.facts)},
          {"hash", hex(stored.hash)}};
}

json::object return_view(const StoredOutcome& stored) {
  const Outcome& outcome = stored.outcome;
  return {{"cursor", stored.cursor},
          {"request_id", outcome.request_id.text()},
          {"srv", outcome.srv},
          {"device_id", eui_or_null(outcome.device_id)},
          {"originator", outcome.request_id.originator.text()},
          {"role", outcome.role},
          {"accepted_at", dcc::duis::date_time(outcome.decided_at)},
          {"repeated", stored.repeated},
          {"items", items_view(outcome)}};
}

}  // namespace sample

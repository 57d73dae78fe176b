// SPDX-License-Identifier: Apache-2.0
#include "unit/foreign/golden.hpp"

#include <stdexcept>

#include "support/temp_directory.hpp"

namespace foreign_test {
namespace {

namespace json = boost::json;

std::string from_base64(std::string_view text) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string octets;
  unsigned bits = 0, count = 0;
  for (const char c : text.substr(0, text.find('='))) {
    bits = bits << 6 | static_cast<unsigned>(kDigits.find(c));
    count += 6;
    if (count < 8) continue;
    count -= 8;
    octets += static_cast<char>(bits >> count & 0xFF);
  }
  return octets;
}

std::string message_of(const json::object& item) {
  if (const auto* message = item.if_contains("message")) return json::serialize(*message);
  if (const auto* text = item.if_contains("text")) return text_of(*text);
  if (const auto* octets = item.if_contains("base64")) return from_base64(octets->as_string());
  return std::string(static_cast<std::size_t>(item.at("spaces").as_int64()), ' ');
}

}  // namespace

std::string text_of(const json::value& value) {
  return value.is_string() ? json::value_to<std::string>(value) : json::serialize(value);
}

std::vector<Golden> golden_messages() {
  std::vector<Golden> all;
  const json::value file = json::parse(support::read_file(GOLDEN_MESSAGES));
  for (const json::value& value : file.as_array()) {
    const json::object& item = value.as_object();
    const bool is_error = item.contains("error");
    all.push_back({text_of(item.at("name")), message_of(item),
                   item.at(is_error ? "error" : "answer"), is_error});
  }
  return all;
}

std::string difference(const Golden& golden, const json::value& answer) {
  if (golden.is_error || !answer.is_object()) return "answered: " + json::serialize(answer);
  json::object rest = answer.as_object();
  for (const char* name : {"version", "build", "settings"}) {
    if (rest.contains(name) != rest.contains("plugin")) return std::string(name) + ", plugin";
    if (rest.contains(name) && rest.at(name).as_string().empty()) return std::string(name);
    rest.erase(name);
  }
  if (rest == golden.expected.as_object()) return "";
  return "got " + json::serialize(rest) + ", expected " + json::serialize(golden.expected);
}

std::string difference(const Golden& golden, std::int64_t status, const std::string& reason) {
  if (!golden.is_error) return "error " + std::to_string(status) + ": " + reason;
  const json::object& expected = golden.expected.as_object();
  if (expected.at("status") != json::value(status)) return "status " + std::to_string(status);
  for (const json::value& part : expected.at("names").as_array()) {
    const auto name = json::value_to<std::string>(part);
    if (reason.find(name) == reason.npos) return "\"" + reason + "\" lacks " + name;
  }
  return "";
}

std::string golden_message(const std::string& name) {
  for (Golden& golden : golden_messages()) {
    if (golden.name == name) return golden.message;
  }
  throw std::runtime_error("no golden message of the name " + name);
}

}  // namespace foreign_test

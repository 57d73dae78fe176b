// SPDX-License-Identifier: Apache-2.0
#include "host/staging.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "host/one_line.hpp"
#include "host/plugin_text.hpp"

namespace dcc::host {
namespace {

constexpr std::size_t kMaxText = 100;
constexpr std::uint32_t kVariants = 0b11'1111'1110;  // command variants 1 to 9

// The fields of contract 1.0.
constexpr std::size_t kHandlerSize = offsetof(dcc_handler, handle) + sizeof(dcc_handle_fn);

// Not the C locale's idea of a letter.
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

bool is_srv(std::string_view text) {
  char before = '.';
  for (const char c : text) {
    if (!is_digit(c) && !(c == '.' && before != '.')) return false;
    before = c;
  }
  return before != '.';
}

bool is_endpoint(std::string_view text) {
  static constexpr std::array<std::string_view, 3> kEndpoints = {"serviceD", "serviceS",
                                                                 "serviceT"};
  return std::ranges::find(kEndpoints, text) != kEndpoints.end();
}

// Of the names that XML allows, those in ASCII; DUIS has no others.
bool is_element_name(std::string_view text) {
  return !text.empty() && is_letter(text.front()) && std::ranges::all_of(text, [](char c) {
    return is_letter(c) || is_digit(c) || c == '-' || c == '.';
  });
}

std::string quoted(std::string_view text) {
  return '\'' + one_line(text, kMaxText) + '\'';
}

// What is wrong with the handler's fields; empty: nothing.
std::string fault(const dcc_handler& handler) {
  const std::string_view srv = text_in(handler.srv);
  if (!is_srv(srv)) return "srv " + quoted(srv) + ", expected digits and dots such as 8.14.3";
  const std::string of = "handler of " + one_line(srv, kMaxText) + ": ";
  if (const auto endpoint = text_in(handler.endpoint); !is_endpoint(endpoint)) {
    return of + "endpoint " + quoted(endpoint) + ", expected serviceD, serviceS or serviceT";
  }
  if (handler.command_variants == 0 || (handler.command_variants & ~kVariants) != 0) {
    return of + "command_variants " + std::to_string(handler.command_variants) +
           ", expected some of the bits 1 to 9";
  }
  if (const auto element = text_in(handler.body_element); !is_element_name(element)) {
    return of + "body_element " + quoted(element) + ", expected an XML element's local name";
  }
  if (handler.handle == nullptr) return of + "no function handle";
  return {};
}

}  // namespace

dcc_status Staging::add(const dcc_handler& handler) {
  if (handler.size < kHandlerSize) {
    return refuse(DCC_INVALID, "handler structure of " + std::to_string(handler.size) +
                                   " octets, expected at least " + std::to_string(kHandlerSize));
  }
  if (const std::string why = fault(handler); !why.empty()) return refuse(DCC_INVALID, why);

  const std::string srv(text_in(handler.srv));
  const auto same_srv = [&](const Registration& other) { return other.info.srv == srv; };
  if (std::ranges::any_of(registrations_, same_srv)) {
    return refuse(DCC_INVALID, "SRV " + srv + " is registered twice");
  }
  if (const std::string holder = holder_of_(srv); !holder.empty()) {
    return refuse(DCC_CONFLICT, "SRV " + srv + " is held by " + holder);
  }
  Handler::Info info;
  info.srv = srv;
  info.endpoint = text_in(handler.endpoint);
  info.body_element = text_in(handler.body_element);
  info.command_variants = handler.command_variants;
  registrations_.push_back({std::move(info), handler.self, handler.handle});
  return DCC_OK;
}

dcc_status Staging::refuse(dcc_status status, const std::string& why) {
  if (refusal_.empty()) refusal_ = why;
  return status;
}

}  // namespace dcc::host

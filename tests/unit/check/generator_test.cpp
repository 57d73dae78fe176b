// SPDX-License-Identifier: Apache-2.0
//
// What generated requests look like to a handler.
#include <algorithm>
#include <catch2/catch.hpp>
#include <set>
#include <string>

#include "check/request_generator.hpp"
#include "dcc/plugin.hpp"
#include "host/one_line.hpp"

using namespace dcc::check;

namespace {

constexpr std::uint64_t kMany = 500;

dcc::host::Handler::Info handler(const std::string& srv, const std::string& body) {
  dcc::host::Handler::Info info;
  info.srv = srv;
  info.body_element = body;
  info.command_variants = 1U << 8;
  return info;
}

const auto kFaultReturn = handler("8.14.3", "CHFFaultReturn");

std::string text_of(const Request& request) {
  std::string all = std::to_string(request.size) + std::to_string(request.counter) +
                    request.user_role.bytes + request.canonical.bytes +
                    std::to_string(request.received_at);
  for (const auto& item : request.items) all += item.path.bytes + '=' + item.value.bytes + ';';
  return all;
}

const Request::Item* item(const Request& request, const std::string& path) {
  for (const auto& each : request.items) {
    if (each.path.bytes == path) return &each;
  }
  return nullptr;
}

}  // namespace

TEST_CASE("A request is made of seed, kind and number alone") {
  for (const Kind kind : {Kind::valid, Kind::octets, Kind::mixed}) {
    const auto text = [&](std::uint64_t seed, std::uint64_t number) {
      return text_of(generate(kind, seed, number, kFaultReturn));
    };
    CHECK(text(1, 5) == text(1, 5));
    CHECK(text(1, 5) != text(2, 5));
    CHECK(text(1, 5) != text(1, 6));
    CHECK(text(1, 5) != text(std::uint64_t{1} << 32 | 1, 5));
  }
  // The same on every machine.
  const Request request = generate(Kind::valid, 1, 0, kFaultReturn);
  CHECK(item(request, "DeviceID")->value.bytes == "D6-62-de-dd-c3-92-6a-D9");
}

TEST_CASE("Valid requests are as the DUIS schema has them, and of every sort") {
  std::set<std::string> roles, statuses, reasons;
  bool absent = false;
  for (std::uint64_t number = 0; number < kMany; ++number) {
    const Request request = generate(Kind::valid, 1, number, kFaultReturn);
    CHECK(request.size == sizeof(dcc_request));
    CHECK(request.command_variant == 8);
    CHECK(request.counter > 0);
    CHECK(request.service_reference.bytes == "8.14");
    REQUIRE(item(request, "DeviceID") != nullptr);
    CHECK(dcc::parse_eui64(item(request, "DeviceID")->value.bytes));
    REQUIRE(item(request, "CHFFaultReason") != nullptr);
    roles.insert(request.user_role.bytes);
    statuses.insert(request.answers.status.bytes);
    reasons.insert(item(request, "CHFFaultReason")->value.bytes);
    absent = absent || request.answers.device == DCC_NOT_FOUND;
  }
  CHECK(roles == std::set<std::string>{"EIS", "GIS", "SNA", "ES", "ED", "GT", "OU", "MDR"});
  CHECK(statuses.size() == 9);
  CHECK(reasons.size() == 9);
  CHECK(absent);
}

TEST_CASE("Each SRV has its body") {
  const auto other = generate(Kind::valid, 1, 0, handler("8.14.4", "CHFNoFaultReturn"));
  CHECK(item(other, "CHFNoFaultReturnType") != nullptr);
  CHECK(item(other, "OtherDeviceID") == nullptr);
  const auto unknown = generate(Kind::valid, 1, 0, handler("1.2", "Other"));
  CHECK(item(unknown, "DeviceID") != nullptr);
  CHECK(unknown.service_reference.bytes == "1");
}

TEST_CASE("Hostile requests have what their kind says") {
  const auto some = [](Kind kind, auto is_so) {
    std::uint64_t count = 0;
    for (std::uint64_t number = 0; number < kMany; ++number) {
      if (is_so(generate(kind, 1, number, kFaultReturn))) ++count;
    }
    return count;
  };
  const auto has_item = [](auto is_so) {
    return [is_so](const Request& request) { return std::ranges::any_of(request.items, is_so); };
  };
  CHECK(some(Kind::lookups, [](const Request& r) { return r.answers.device == 77; }) > 0);
  CHECK(some(Kind::lookups, [](const Request& r) {
          return r.answers.acts_for_orderer.status == DCC_UNAVAILABLE;
        }) > 0);
  CHECK(some(Kind::lookups, [](const Request& r) { return r.answers.acts_for_any.answer == 0; }) >
        0);
  CHECK(some(Kind::roles, [](const Request& r) { return r.user_role.bytes == "RSA"; }) > 0);
  CHECK(some(Kind::empty_strings, [](const Request& r) { return r.user_role.no_data; }) > 0);
  CHECK(some(Kind::empty_strings, has_item([](const auto& i) { return i.value.no_data; })) > 0);
  CHECK(some(Kind::missing_items, [](const Request& r) { return r.items.empty(); }) > 0);
  CHECK(some(Kind::missing_items, [](const Request& r) {
          return !r.items.empty() && item(r, "DeviceID") == nullptr;
        }) > 0);
  CHECK(some(Kind::duplicate_items, [](const Request& r) {
          return std::ranges::count_if(
                     r.items, [](const auto& i) { return i.path.bytes == "DeviceID"; }) > 1;
        }) > 0);
  CHECK(some(Kind::long_values,
             has_item([](const auto& i) { return i.value.bytes.size() > 500'000; })) > 0);
  CHECK(some(Kind::octets,
             has_item([](const auto& i) { return !dcc::host::is_utf8(i.value.bytes); })) > 0);
  CHECK(some(Kind::numbers, [](const Request& r) { return r.received_at == INT64_MIN; }) > 0);
  CHECK(some(Kind::many_items, [](const Request& r) { return r.items.size() > 2000; }) > 0);
  CHECK(some(Kind::newer_request, [](const Request& r) {
          return r.size > sizeof(dcc_request) && r.size % 8 == 0;
        }) == kMany);
  CHECK(some(Kind::short_request, [](const Request& r) { return r.size < sizeof(dcc_request); }) ==
        kMany);
}

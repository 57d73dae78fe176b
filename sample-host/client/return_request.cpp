// SPDX-License-Identifier: Apache-2.0
#include "client/return_request.hpp"

#include <array>
#include <chrono>
#include <stdexcept>

namespace sample::client {
namespace {

constexpr auto kFaultTypes = std::to_array<const char*>(
    {"Fault identified prior to installation", "Fault identified post installation"});
constexpr auto kNoFaultTypes = std::to_array<const char*>(
    {"No Fault Return (general)", "No Fault Return (non-dom opt out)",
     "No Fault Return (dual supplier HAN variant replacement)",
     "No Fault Return (SM WAN variant replacement requested by DCC)", "Lost or Stolen Hub"});
constexpr auto kConnectionMethods = std::to_array<const char*>({"Hot-shoe", "Cradle", "ESME"});
constexpr auto kFaultReasons = std::to_array<const char*>(
    {"Damaged case", "Damaged Connector", "Illegal interference or missing seals",
     "Environmental conditions exceeded", "SM WAN Fault", "SMHAN Interface Fault", "LED Fault",
     "Aerial fault", "Manufacturing defect"});

constexpr auto kItems = std::to_array<ReturnItem>({
    {"--fault-type", "CHFFaultReturnType", kFaultReturn, "Fault identified prior to installation",
     "or \"Fault identified post installation\"", kFaultTypes},
    {"--no-fault-type", "CHFNoFaultReturnType", kNoFaultReturn, "No Fault Return (general)",
     "why the hub is returned, as the schema spells it", kNoFaultTypes},
    {"--user-ref-date-time",
     "UserRefDateTime",
     nullptr,
     nullptr,
     "the User's own date and time",
     {}},
    {"--user-ref-id",
     "UserRefID",
     nullptr,
     nullptr,
     "the User's own reference, 25 characters at most",
     {},
     25},
    {"--other-device",
     "OtherDeviceID",
     kFaultReturn,
     kSameAsDevice,
     "the other device's ID; default: --device",
     {}},
    {"--incident", "IncidentReference", nullptr, nullptr, "15 characters at most", {}, 15},
    {"--connection-method", "CHFConnectionMethod", kFaultReturn, "Hot-shoe",
     "or \"Cradle\", \"ESME\"", kConnectionMethods},
    {"--fault-reason", "CHFFaultReason", kFaultReturn, "Manufacturing defect",
     "what is wrong with the hub, as the schema spells it", kFaultReasons},
    {"--additional-information",
     "AdditionalInformation",
     nullptr,
     nullptr,
     "200 characters at most",
     {},
     200},
});

}  // namespace

std::span<const ReturnItem> return_items() {
  return kItems;
}

dcc::duis::RequestFields return_fields(const dcc::duis::RequestId& id, const std::string& srv,
                                       const std::string& device,
                                       std::span<const std::optional<std::string>> given) {
  dcc::duis::RequestFields fields;
  fields.request_id = id.text();
  fields.service_reference = "8.14";
  fields.srv = srv;
  fields.body_element = srv == kFaultReturn ? "CHFFaultReturn" : "CHFNoFaultReturn";
  fields.items.emplace_back("DeviceID", device);
  for (std::size_t i = 0; i < kItems.size(); ++i) {
    const ReturnItem& item = kItems[i];
    const auto& value = i < given.size() ? given[i] : std::nullopt;
    if (value && !item.belongs_to(srv))
      throw std::invalid_argument(std::string(item.option) + ": " + srv + " has no " +
                                  item.element);
    if (!item.belongs_to(srv) || (!value && item.standard == nullptr)) continue;
    const char* standard = item.standard == kSameAsDevice ? device.c_str() : item.standard;
    fields.items.emplace_back(item.element, value ? *value : standard);
  }
  return fields;
}

std::uint64_t new_counter() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(now).count());
}

std::string_view meaning(std::string_view response_code) {
  struct Meaning {
    std::string_view code, text;
  };
  static constexpr auto kMeanings = std::to_array<Meaning>({
      {"I99", "acknowledged"},
      {"E1", "User or User Role not known"},
      {"E2", "User Role not eligible for this Service Request"},
      {"E3", "User status does not permit"},
      {"E4", "User Role not authorised for this device"},
      {"E5", "Device (SMI) status incompatible"},
      {"E11", "Service Request and device type incompatible"},
      {"E12", "Service Request and command variant incompatible"},
      {"E13", "Service Request not valid for this URL"},
      {"E19", "Device does not exist"},
  });
  for (const Meaning& known : kMeanings)
    if (known.code == response_code) return known.text;
  return {};
}

}  // namespace sample::client

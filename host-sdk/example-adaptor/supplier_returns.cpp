// SPDX-License-Identifier: Apache-2.0
#include "supplier_returns.hpp"

#include <string_view>
#include <utility>

#include "dcc/plugin.hpp"

namespace example {
namespace {

using dcc::host::Decision;
using dcc::host::Fact;
using dcc::host::Facts;
using dcc::host::Handler;

// What a Supplier is answered who returns this device.
void decide_by(const Fact& device, std::string_view role, Decision& decision) {
  const auto answer = [&](const char* code, const std::string& reason) {
    decision = {Decision::Kind::answered, code, reason};
  };
  switch (device.state) {
    case Fact::State::asked:
      decision.kind = Decision::Kind::asks;
      return;
    case Fact::State::unavailable:
      decision = {Decision::Kind::unavailable, {}, device.why};
      return;
    case Fact::State::not_there:
      return answer("E19", "hub " + device.key + " is not in the inventory");
    case Fact::State::there:
      break;
  }
  const std::string type(device.value("type").value_or(""));
  if (type != "CHF") {
    return answer("E11", "device " + device.key + " is of type " + type + ", not CHF");
  }
  answer("I99", std::string(role) + ": a Supplier");
}

class SupplierReturn final : public Handler {
 public:
  explicit SupplierReturn(Info info) : info_(std::move(info)) {}

  const Info& info() const override { return info_; }

  void decide(const dcc_request& request, Facts& facts, Decision& decision) const noexcept override
      try {
    for (Fact& fact : facts.all()) fact.used = false;
    const std::string_view role = dcc::view(request.user_role);
    if (role != "EIS" && role != "GIS") {
      decision = {Decision::Kind::answered, "E2", std::string(role) + ": no Supplier"};
      return;
    }
    const auto device_id = dcc::parse_eui64(dcc::item(request, "DeviceID").value_or(""));
    if (!device_id) {
      decision = {Decision::Kind::not_valid, {}, "DeviceID is not an EUI-64"};
      return;
    }
    Fact& device = facts.ask(dcc::host::kDeviceFact, dcc::host::eui_key(*device_id));
    device.used = true;
    decide_by(device, role, decision);
  } catch (...) {
    decision.kind = Decision::Kind::failed;
  }

 private:
  const Info info_;
};

}  // namespace

dcc::host::HandlerTable::Map make_supplier_returns(const std::string& version,
                                                   const std::string& build) {
  constexpr std::uint32_t kNonDeviceService = 1U << 8;
  dcc::host::HandlerTable::Map handlers;
  for (const auto& [srv, body_element] :
       {std::pair("8.14.3", "CHFFaultReturn"), std::pair("8.14.4", "CHFNoFaultReturn")}) {
    Handler::Info info;
    info.srv = srv;
    info.endpoint = "serviceD";
    info.body_element = body_element;
    info.command_variants = kNonDeviceService;
    info.owner = "host";
    info.version = version;
    info.build = build;
    handlers[srv] = std::make_shared<const SupplierReturn>(std::move(info));
  }
  return handlers;
}

}  // namespace example

// SPDX-License-Identifier: Apache-2.0
#include "services/supplier_returns.hpp"

#include <string_view>
#include <utility>

#include "dcc/plugin.hpp"

namespace sample {
namespace {

using dcc::host::Decision;
using dcc::host::Handler;
using dcc::host::Lookups;

Decision answer(const char* code, std::string reason, dcc::host::ReadSet read_set = {}) {
  return {Decision::Kind::answered, code, std::move(reason), std::move(read_set)};
}

class SupplierReturn final : public Handler {
 public:
  explicit SupplierReturn(Info info) : info_(std::move(info)) {}

  const Info& info() const override { return info_; }

  Decision decide(const dcc_request& request, Lookups& lookups) const noexcept override try {
    const std::string role(dcc::view(request.user_role));
    if (role != "EIS" && role != "GIS") return answer("E2", role + ": no Supplier");
    const auto device_id = dcc::parse_eui64(dcc::item(request, "DeviceID").value_or(""));
    if (!device_id) return {Decision::Kind::not_valid, {}, "DeviceID is not an EUI-64", {}};

    const auto device = lookups.device(*device_id);
    dcc::host::ReadSet read_set;
    read_set.devices.push_back(
        {*device_id, device ? std::optional(device->revision) : std::nullopt});
    const std::string hub = dcc::eui64_text(*device_id);
    if (!device) return answer("E19", "hub " + hub + " is not in the inventory", read_set);
    if (device->type != "CHF") {
      return answer("E11", "device " + hub + " is of type " + device->type + ", not CHF", read_set);
    }
    return answer("I99", role + ": a Supplier", read_set);
  } catch (const dcc::host::Unavailable& error) {
    return {Decision::Kind::unavailable, {}, error.what(), {}};
  } catch (...) {
    return {};  // failed
  }

 private:
  const Info info_;
};

}  // namespace

dcc::host::HandlerTable::Map make_supplier_returns() {
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
    info.version = DCC_VERSION;
    info.build = DCC_BUILD;
    handlers[srv] = std::make_shared<const SupplierReturn>(std::move(info));
  }
  return handlers;
}

}  // namespace sample

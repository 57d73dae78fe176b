// SPDX-License-Identifier: Apache-2.0
//
// The smallest useful plugin: answers SRV 8.14.1, "install success", from the Device Inventory.
// README.md walks through it.
#include <string>

#include "dcc/plugin.hpp"

namespace {

class Example : public dcc::Plugin {
 public:
  explicit Example(const dcc_host& host) : registry_(host), inventory_(host) {
    for (const dcc::Setting& setting : dcc::Config(host).settings()) {
      if (setting.section != "8.14.1" || setting.key != "device_type" || setting.value.empty()) {
        throw dcc::Refused("[" + std::string(setting.section) + "] " + std::string(setting.key) +
                           " = " + std::string(setting.value) +
                           ": expected nothing but [8.14.1] device_type = TYPE, such as CHF");
      }
      device_type_ = setting.value;
    }
  }

  void activate() override {
    registry_.add<&Example::install_success>(
        this, {"8.14.1", "serviceD", "CHFInstallSuccessSMWAN", 1u << 8});
  }

 private:
  dcc_status install_success(const dcc_request& request, dcc_call* call) const {
    const auto device_id = dcc::parse_eui64(dcc::item(request, "DeviceID").value_or(""));
    if (!device_id) return registry_.not_valid(call, "DeviceID: missing or not an EUI-64");

    const std::string name = dcc::eui64_text(*device_id);
    const auto device = inventory_.device(call, *device_id);
    switch (device.lookup) {
      case dcc::Lookup::unavailable:
        return DCC_UNAVAILABLE;
      case dcc::Lookup::not_found:
        return registry_.answer(call, "E19", name + " is not in the Device Inventory");
      case dcc::Lookup::found:
        break;
    }
    if (device.type != device_type_) {
      return registry_.answer(call, "E11", name + " is of type " + std::string(device.type));
    }
    return registry_.answer(call, "I99", name + " reported as installed");
  }

  dcc::Registry registry_;
  dcc::Inventory inventory_;
  std::string device_type_ = "CHF";
};

constexpr dcc_str kRequired[] = {dcc::str(DCC_SERVICE_CONFIG), dcc::str(DCC_SERVICE_INVENTORY),
                                 dcc::str(DCC_SERVICE_REGISTRY)};

}  // namespace

constexpr dcc_plugin_entry dcc_plugin_entry_v1 =
    dcc::entry<Example>("example", DCC_VERSION, DCC_BUILD, kRequired);

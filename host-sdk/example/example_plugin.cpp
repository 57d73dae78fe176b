// SPDX-License-Identifier: Apache-2.0
//
// The smallest useful plugin: answers SRV 8.14.1, "install success", from the Device Inventory.
// README.md walks through it.
#include <string>
#include <string_view>

#include "dcc/plugin.hpp"

namespace {

class Example : public dcc::Plugin {
 public:
  explicit Example(const dcc_host& host)
      : registry_(host), inventory_(host), facts_(host), knows_sites_(facts_.offers(kSite)) {
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
    const auto site = site_of(call, name);
    if (device.lookup == dcc::Lookup::unavailable || site.lookup == dcc::Lookup::unavailable) {
      return DCC_UNAVAILABLE;  // the host finds out, and calls again
    }
    if (device.lookup == dcc::Lookup::not_found) {
      return registry_.answer(call, "E19", name + " is not in the Device Inventory");
    }
    if (device.type != device_type_) {
      return registry_.answer(call, "E11", name + " is of type " + std::string(device.type));
    }
    const std::string region(site.value("region").value_or("not known"));
    return registry_.answer(call, "I99", name + " reported as installed, region " + region);
  }

  // A fact of a kind of our own, for hosts that answer it.
  dcc::Facts::Fact site_of(dcc_call* call, const std::string& device) const {
    if (!knows_sites_) return {dcc::Lookup::not_found, nullptr, 0};
    return facts_.look_up(call, kSite, device);
  }

  static constexpr std::string_view kSite = "example.site";

  dcc::Registry registry_;
  dcc::Inventory inventory_;
  dcc::Facts facts_;
  bool knows_sites_;
  std::string device_type_ = "CHF";
};

constexpr dcc_str kRequired[] = {dcc::str(DCC_SERVICE_CONFIG), dcc::str(DCC_SERVICE_INVENTORY),
                                 dcc::str(DCC_SERVICE_FACTS), dcc::str(DCC_SERVICE_REGISTRY)};

}  // namespace

constexpr dcc_plugin_entry dcc_plugin_entry_v1 =
    dcc::entry<Example>("example", DCC_VERSION, DCC_BUILD, kRequired);

// SPDX-License-Identifier: Apache-2.0
//
// The plugin of the matrix in C++17 over dcc/plugin.hpp: the rule of plugin.c, with as much of the
// C++ run-time in it as a plugin may use: exceptions that cross functions, run-time types, streams,
// locales, thread-local and static objects. A host that brings another C++ run-time must not mind.
#include "dcc/plugin.hpp"

#include <locale>
#include <map>
#include <memory>
#include <sstream>

namespace {

// How a decision leaves the rules.
struct Decided : std::runtime_error {
  Decided(std::string response_code, const std::string& why)
      : std::runtime_error(why), code(std::move(response_code)) {}
  std::string code;
};
struct Rejected final : Decided {
  using Decided::Decided;
};

struct Count {
  ~Count() { number = 0; }
  std::unique_ptr<int> last = std::make_unique<int>();
  int number = 0;
};
thread_local Count answered;

const std::map<std::string, bool>& eligible_roles() {
  static const std::map<std::string, bool> roles = {{"EIS", true}, {"GIS", true}, {"SNA", true}};
  return roles;
}

class Matrix final : public dcc::Plugin {
 public:
  explicit Matrix(const dcc_host& host)
      : log_(host), registry_(host), inventory_(host), appointments_(host) {
    const auto* clock =
        static_cast<const dcc_clock_v1*>(host.service(&host, id(DCC_SERVICE_CLOCK)));
    if (!clock || clock->now(&host) <= 0) throw dcc::Error(DCC_INTERNAL, "no time");
    for (const dcc::Setting& setting : dcc::Config(host).settings()) {
      if (setting.key == "status_code") status_code_ = setting.value;
    }
#if DCC_ABI_MINOR >= 99
    host_ = &host;
    use_future();
#endif
    log_.write(DCC_LOG_INFO, "create");
  }
  ~Matrix() override {
    log_.write(DCC_LOG_INFO, "destroy");
  }

  void activate() override {
    registry_.add<&Matrix::handle>(this, {"8.14.3", "serviceD", "CHFFaultReturn", 1u << 8});
    registry_.add<&Matrix::handle>(this, {"8.14.4", "serviceD", "CHFNoFaultReturn", 1u << 8});
    log_.write(DCC_LOG_INFO, "activate");
  }
  void deactivate() override {
    log_.write(DCC_LOG_INFO, "deactivate");
  }

 private:
  static dcc_str id(std::string_view name) {
    return dcc::str(name);
  }

  dcc_status handle(const dcc_request& request, dcc_call* call) const {
    ++answered.number;
#if DCC_ABI_MINOR >= 99
    if (dcc::has(request, &dcc_request::future_field) && request.future_field != 99) {
      return DCC_INTERNAL;
    }
#endif
    const auto device_id = dcc::parse_eui64(dcc::item(request, "DeviceID").value_or(""));
    if (!device_id) return registry_.not_valid(call, "DeviceID is no EUI-64");
    try {
      decide(request, call, *device_id);
    } catch (const std::runtime_error& error) {
      const auto* decided = dynamic_cast<const Decided*>(&error);
      if (!decided) throw;
      std::ostringstream reason;
      reason.imbue(std::locale::classic());
      reason << (dynamic_cast<const Rejected*>(&error) ? "rejected: " : "accepted: ")
             << decided->what() << ' ' << std::hex << *device_id;
      return registry_.answer(call, decided->code, reason.str());
    }
    return DCC_INTERNAL;
  }

  [[noreturn]] void decide(const dcc_request& request, dcc_call* call, std::uint64_t hub) const {
    const std::string role(dcc::view(request.user_role));
    if (eligible_roles().count(role) == 0) throw Rejected("E2", "role " + role);
    const auto device = look_up(call, hub);
    if (device.lookup == dcc::Lookup::unavailable) throw dcc::Error(DCC_UNAVAILABLE, "inventory");
    if (device.lookup == dcc::Lookup::not_found) throw Rejected("E19", "not in the inventory");
    if (device.type != "CHF") throw Rejected("E11", "not a hub");
    if (role != "SNA") throw Decided("I99", "Supplier");
    if (device.status != "Pending") throw Rejected(status_code_, "not Pending");
    switch (appointments_.acts_for_orderer(call, request.originator, hub, request.received_at)) {
      case dcc::Lookup::found:
        throw Decided("I99", "confirmed");
      case dcc::Lookup::not_found:
        throw Rejected("E4", "not confirmed");
      case dcc::Lookup::unavailable:
        break;
    }
    throw dcc::Error(DCC_UNAVAILABLE, "appointments");
  }

#if DCC_ABI_MINOR >= 99
  // What a host of that minor has, used if this host has it.
  void use_future() {
    inventory_2_ =
        static_cast<const dcc_inventory_v2*>(host_->service(host_, id(DCC_SERVICE_INVENTORY_V2)));
    if (!dcc::has(*host_, &dcc_host::future_slot) || !host_->future_slot) return;
    std::uint64_t number = 0;
    if (host_->future_slot(host_, &number) != DCC_OK || number != 99 || host_->future_field != 99) {
      throw dcc::Error(DCC_INTERNAL, "the host's future slot or field is wrong");
    }
  }
  dcc::Inventory::Device look_up(dcc_call* call, std::uint64_t hub) const {
    if (!inventory_2_) return inventory_.device(call, hub);
    dcc_device raw{};
    raw.size = sizeof raw;
    const auto lookup = dcc::to_lookup(inventory_2_->device(host_, call, hub, &raw));
    if (lookup != dcc::Lookup::found) return {lookup, {}, {}};
    if (raw.future_field != 99)
      throw dcc::Error(DCC_INTERNAL, "the device's future field is wrong");
    return {lookup, dcc::view(raw.type), dcc::view(raw.status)};
  }
  const dcc_host* host_ = nullptr;
  const dcc_inventory_v2* inventory_2_ = nullptr;  // null: the host is older
#else
  dcc::Inventory::Device look_up(dcc_call* call, std::uint64_t hub) const {
    return inventory_.device(call, hub);
  }
#endif

  dcc::Log log_;
  dcc::Registry registry_;
  dcc::Inventory inventory_;
  dcc::Appointments appointments_;
  std::string status_code_ = "E5";
};

constexpr dcc_str kRequired[] = {
    dcc::str(DCC_SERVICE_LOG),          dcc::str(DCC_SERVICE_CONFIG),
    dcc::str(DCC_SERVICE_INVENTORY),    dcc::str(DCC_SERVICE_APPOINTMENTS),
    dcc::str(DCC_SERVICE_CLOCK),        dcc::str(DCC_SERVICE_REGISTRY),
#ifdef REQUIRES_INVENTORY_2
    dcc::str(DCC_SERVICE_INVENTORY_V2),
#endif
};

constexpr dcc_plugin_entry entry() {
  dcc_plugin_entry made = dcc::entry<Matrix>("matrix", "1.0", __VERSION__, kRequired);
#if DCC_ABI_MINOR >= 99
  made.future_field = 99;
#endif
  return made;
}

}  // namespace

constexpr dcc_plugin_entry dcc_plugin_entry_v1 = entry();

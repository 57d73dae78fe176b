// SPDX-License-Identifier: Apache-2.0
//
// ch-returns as a plugin: registers SRV 8.14.3 and 8.14.4 and carries each request to the rules and
// their decision back. The settings of an instance never change; handlers run in many threads.
#include "dcc/plugin.hpp"

#include <cstdint>
#include <optional>
#include <string>

#include "eligibility.hpp"
#include "request.hpp"
#include "settings.hpp"

namespace ch_returns {
namespace {

// Whether something was found; ends the handler if the host could not tell.
bool is_found(dcc::Lookup lookup) {
  if (lookup == dcc::Lookup::unavailable) throw dcc::Error(DCC_UNAVAILABLE, "lookup unavailable");
  return lookup == dcc::Lookup::found;
}

// The rules' questions about one request, put to the host.
class HostLookups final : public Lookups {
 public:
  HostLookups(const dcc::Inventory& inventory, const dcc::Appointments& appointments,
              const dcc_request& request, dcc_call* call, std::uint64_t hub)
      : inventory_(inventory),
        appointments_(appointments),
        request_(request),
        call_(call),
        hub_(hub) {}

  std::optional<Device> device() override {
    const dcc::Inventory::Device device = inventory_.device(call_, hub_);
    if (!is_found(device.lookup)) return std::nullopt;
    return Device{device.type, device.status};
  }
  bool acts_for_orderer() override {
    return is_found(
        appointments_.acts_for_orderer(call_, request_.originator, hub_, request_.received_at));
  }
  bool acts_for_any() override {
    return is_found(appointments_.acts_for_any(call_, request_.originator, request_.received_at));
  }

 private:
  const dcc::Inventory& inventory_;
  const dcc::Appointments& appointments_;
  const dcc_request& request_;
  dcc_call* call_;
  std::uint64_t hub_;
};

class ChReturns final : public dcc::Plugin {
 public:
  explicit ChReturns(const dcc_host& host)
      : log_(host),
        registry_(host),
        inventory_(host),
        appointments_(host),
        clock_(host),
        settings_(read_settings(dcc::Config(host).settings())) {}

  void activate() override {
    constexpr std::uint32_t variant = 1u << 8;  // Non-Device Service
    registry_.add<&ChReturns::answer<Srv::fault_return>>(
        this, {number(Srv::fault_return), "serviceD", "CHFFaultReturn", variant});
    registry_.add<&ChReturns::answer<Srv::no_fault_return>>(
        this, {number(Srv::no_fault_return), "serviceD", "CHFNoFaultReturn", variant});
    log_.write(DCC_LOG_INFO, "ch-returns " DCC_VERSION ": " + describe(settings_));
    const std::optional<std::int64_t> now = clock_.now();
    if (!now) return;
    for (const Note& note : timetable(settings_, *now)) {
      log_.write(note.is_warning ? DCC_LOG_WARNING : DCC_LOG_INFO, note.line);
    }
  }

 private:
  template <Srv srv>
  dcc_status answer(const dcc_request& request, dcc_call* call) const {
    try {
      const Return made = read_return(srv, request);
      const auto hub = dcc::eui64_characters(made.hub);
      const Question question{srv, dcc::view(request.user_role),
                              std::string_view(hub.data(), hub.size()),
                              made.found_post_installation, request.received_at};
      HostLookups lookups(inventory_, appointments_, request, call, made.hub);
      const Ruling decision = decide(settings_, question, lookups);
      return registry_.answer(call, decision.code, decision.reason.text());
    } catch (const NotValid& why) {
      return registry_.not_valid(call, why.what());
    }
  }

  dcc::Log log_;
  dcc::Registry registry_;
  dcc::Inventory inventory_;
  dcc::Appointments appointments_;
  dcc::Clock clock_;
  Settings settings_;
};

constexpr dcc_str kRequired[] = {
    dcc::str(DCC_SERVICE_LOG), dcc::str(DCC_SERVICE_CONFIG), dcc::str(DCC_SERVICE_INVENTORY),
    dcc::str(DCC_SERVICE_APPOINTMENTS), dcc::str(DCC_SERVICE_REGISTRY)};

}  // namespace
}  // namespace ch_returns

constexpr dcc_plugin_entry dcc_plugin_entry_v1 =
    dcc::entry<ch_returns::ChReturns>("ch-returns", DCC_VERSION, DCC_BUILD, ch_returns::kRequired);

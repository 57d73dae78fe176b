// SPDX-License-Identifier: Apache-2.0
//
// A host of the contract that lives in a test: answers what it is told to, keeps what it is given.
// One per plugin instance; one thread.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "dcc/plugin.h"

// What a handler left on its call, and what it asked: d device, o acts_for_orderer, a
// acts_for_any, f another fact.
struct dcc_call {
  std::string code, reason, not_valid, asked;
};

namespace contract {

inline std::string text(dcc_str s) {
  return std::string(s.data, s.size);
}
inline dcc_str str(std::string_view s) {
  return {s.data(), s.size()};
}

using SettingLines = std::vector<std::array<std::string, 3>>;  // section, key, value

struct FakeHost : dcc_host {
  explicit FakeHost(SettingLines lines = {})
      : dcc_host{sizeof(dcc_host),      DCC_ABI_MAJOR,      DCC_ABI_MINOR,
                 contract::str("fake"), contract::str("1"), service_},
        settings(std::move(lines)) {}
  FakeHost(const FakeHost&) = delete;
  FakeHost& operator=(const FakeHost&) = delete;

  struct Device {
    std::string type, status;
  };
  SettingLines settings;
  std::string not_offered;  // service id
  std::int64_t now = 1'800'000'000'000;
  dcc_status add_status = DCC_OK;
  dcc_status device_status = DCC_NOT_FOUND;
  Device device;
  // DCC_OK: yes; DCC_NOT_FOUND: no; anything else is the lookup's status.
  dcc_status acts_for_orderer_status = DCC_NOT_FOUND;
  dcc_status acts_for_any_status = DCC_NOT_FOUND;
  // The one kind of facts that is offered, and what it says: one value, or else the status.
  std::string fact_kind;
  dcc_status fact_status = DCC_NOT_FOUND;
  std::string value_name, value;

  // What the plugin did and asked with. The contract hands it a const host.
  mutable std::vector<std::string> log;
  mutable std::vector<dcc_handler> handlers;
  mutable std::uint64_t asked_device = 0, asked_agent = 0;
  mutable std::int64_t asked_at = 0;

  const dcc_handler& handler(std::string_view srv) const {
    for (const dcc_handler& each : handlers) {
      if (text(each.srv) == srv) return each;
    }
    throw std::runtime_error("no handler for " + std::string(srv));
  }

 private:
  static const FakeHost& of(const dcc_host* host) { return *static_cast<const FakeHost*>(host); }

  static void write_(const dcc_host* host, std::int32_t, dcc_str line) {
    of(host).log.push_back(text(line));
  }
  static std::size_t count_(const dcc_host* host) { return of(host).settings.size(); }
  static dcc_status at_(const dcc_host* host, std::size_t index, dcc_setting* out) {
    if (index >= of(host).settings.size()) return DCC_NOT_FOUND;
    const auto& [section, key, value] = of(host).settings[index];
    *out = {contract::str(section), contract::str(key), contract::str(value)};
    return DCC_OK;
  }
  static dcc_status device_(const dcc_host* host, dcc_call* call, std::uint64_t id,
                            dcc_device* out) {
    call->asked += 'd';
    of(host).asked_device = id;
    if (out->size < sizeof(dcc_device)) return DCC_INVALID;
    if (of(host).device_status == DCC_OK) {
      out->type = contract::str(of(host).device.type);
      out->status = contract::str(of(host).device.status);
    }
    return of(host).device_status;
  }
  static dcc_status acts_for_orderer_(const dcc_host* host, dcc_call* call, std::uint64_t agent,
                                      std::uint64_t device, std::int64_t at, std::int32_t* answer) {
    call->asked += 'o';
    of(host).asked_agent = agent;
    of(host).asked_device = device;
    of(host).asked_at = at;
    return yes_or_no(of(host).acts_for_orderer_status, answer);
  }
  static dcc_status acts_for_any_(const dcc_host* host, dcc_call* call, std::uint64_t agent,
                                  std::int64_t at, std::int32_t* answer) {
    call->asked += 'a';
    of(host).asked_agent = agent;
    of(host).asked_at = at;
    return yes_or_no(of(host).acts_for_any_status, answer);
  }
  static dcc_status yes_or_no(dcc_status status, std::int32_t* answer) {
    if (status != DCC_OK && status != DCC_NOT_FOUND) return status;
    *answer = status == DCC_OK ? DCC_YES : DCC_NO;
    return DCC_OK;
  }
  static dcc_status offers_(const dcc_host* host, dcc_str kind, std::int32_t* answer) {
    *answer = text(kind) == of(host).fact_kind ? DCC_YES : DCC_NO;
    return DCC_OK;
  }
  static dcc_status look_up_(const dcc_host* host, dcc_call* call, dcc_str kind, dcc_str,
                             dcc_fact* out) {
    call->asked += 'f';
    if (text(kind) != of(host).fact_kind) return DCC_INVALID;
    if (of(host).fact_status != DCC_OK) return of(host).fact_status;
    of(host).values = {contract::str(of(host).value_name), contract::str(of(host).value)};
    out->values = &of(host).values;
    out->value_count = 1;
    return DCC_OK;
  }
  static dcc_status add_(const dcc_host* host, const dcc_handler* handler) {
    if (of(host).add_status == DCC_OK) of(host).handlers.push_back(*handler);
    return of(host).add_status;
  }
  static dcc_status set_code_(const dcc_host*, dcc_call* call, dcc_str code) {
    call->code = text(code);
    return DCC_OK;
  }
  static dcc_status set_reason_(const dcc_host*, dcc_call* call, dcc_str reason) {
    call->reason = text(reason);
    return DCC_OK;
  }
  static dcc_status set_not_valid_(const dcc_host*, dcc_call* call, dcc_str reason) {
    call->not_valid = text(reason);
    return DCC_OK;
  }

  static int64_t now_(const dcc_host* host) { return of(host).now; }

  mutable dcc_value values{};

  static const void* service_(const dcc_host* host, dcc_str id) {
    static constexpr dcc_log_v1 log_table = {write_};
    static constexpr dcc_config_v1 config = {count_, at_};
    static constexpr dcc_inventory_v1 inventory = {device_};
    static constexpr dcc_appointments_v1 appointments = {acts_for_orderer_, acts_for_any_};
    static constexpr dcc_facts_v1 facts = {offers_, look_up_};
    static constexpr dcc_clock_v1 clock = {now_};
    static constexpr dcc_registry_v1 registry = {add_, set_code_, set_reason_, set_not_valid_};
    const std::string name = text(id);
    if (name == of(host).not_offered) return nullptr;
    if (name == DCC_SERVICE_LOG) return &log_table;
    if (name == DCC_SERVICE_CONFIG) return &config;
    if (name == DCC_SERVICE_INVENTORY) return &inventory;
    if (name == DCC_SERVICE_APPOINTMENTS) return &appointments;
    if (name == DCC_SERVICE_FACTS) return &facts;
    if (name == DCC_SERVICE_CLOCK) return &clock;
    if (name == DCC_SERVICE_REGISTRY) return &registry;
    return nullptr;
  }
};

// One instance, created and activated; deactivated and destroyed at the end.
class Instance {
 public:
  Instance(const dcc_plugin_entry& entry, const FakeHost& host) {
    char err[512] = "";
    if (entry.create(&host, &plugin_, err, sizeof err) != DCC_OK) {
      throw std::runtime_error(std::string("create: ") + err);
    }
    if (plugin_->activate(plugin_, err, sizeof err) != DCC_OK) {
      plugin_->destroy(plugin_);
      throw std::runtime_error(std::string("activate: ") + err);
    }
  }
  ~Instance() {
    plugin_->deactivate(plugin_);
    plugin_->destroy(plugin_);
  }
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

 private:
  dcc_plugin* plugin_ = nullptr;
};

// A request as a host hands it to a handler; the items must outlive it.
inline dcc_request request(std::string_view srv, std::string_view role, std::string_view body,
                           const std::vector<dcc_item>& items) {
  dcc_request made{};
  made.size = sizeof made;
  made.command_variant = 8;
  made.originator = 0x90B3D51F30010000;
  made.target = 0x90B3D51F30000002;
  made.counter = 1000;
  made.srv = str(srv);
  made.service_reference = str("8.14");
  made.user_role = str(role);
  made.body_element = str(body);
  made.items = items.data();
  made.item_count = items.size();
  made.received_at = 1'780'000'000'000;
  made.deadline = made.received_at + 1000;
  return made;
}

}  // namespace contract

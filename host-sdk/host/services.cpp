// SPDX-License-Identifier: Apache-2.0
#include "host/services.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "dcc/plugin.hpp"
#include "host/call.hpp"
#include "host/contract_limits.hpp"
#include "host/one_line.hpp"

namespace dcc::host {
namespace {

// The fields of contract 1.0.
constexpr std::size_t kDeviceSize = offsetof(dcc_device, status) + sizeof(dcc_str);
constexpr std::size_t kFactSize = offsetof(dcc_fact, revision) + sizeof(std::int64_t);

const HostHandle& handle_of(const dcc_host* host) {
  return *static_cast<const HostHandle*>(host);
}

// An empty text may have no data, another must.
bool is_text(dcc_str text) {
  return text.data != nullptr || text.size == 0;
}

bool is_call_of(const dcc_host* host, const dcc_call* call) {
  return host != nullptr && call != nullptr && &call->host() == host;
}

// The border: nothing that is thrown behind it reaches the plugin.
template <typename Body>
dcc_status guarded(Body body) noexcept {
  try {
    return body();
  } catch (...) {
    return DCC_INTERNAL;
  }
}

// The same for a lookup: a call of which one has failed decides nothing.
template <typename Body>
dcc_status guarded_lookup(dcc_call& call, Body body) noexcept {
  try {
    return body();
  } catch (...) {
    call.lookup_threw();
    return DCC_INTERNAL;
  }
}

// ---- dcc.log/1

void log_write(const dcc_host* host, int32_t level, dcc_str message) noexcept {
  if (host == nullptr || !is_text(message)) return;
  using Level = HostServices::Level;
  const auto known = std::clamp<int32_t>(level, DCC_LOG_DEBUG, DCC_LOG_ERROR);
  write_log(handle_of(host).services, static_cast<Level>(known), handle_of(host).stem,
            view(message));
}
static_assert(DCC_LOG_DEBUG == static_cast<int>(HostServices::Level::debug));
static_assert(DCC_LOG_ERROR == static_cast<int>(HostServices::Level::error));

constexpr dcc_log_v1 kLog = {log_write};

// ---- dcc.config/1

std::size_t config_count(const dcc_host* host) noexcept {
  return host == nullptr ? 0 : handle_of(host).settings.size();
}

dcc_status config_at(const dcc_host* host, std::size_t index, dcc_setting* out) noexcept {
  if (host == nullptr || out == nullptr) return DCC_INVALID;
  const auto& settings = handle_of(host).settings;
  if (index >= settings.size()) return DCC_NOT_FOUND;
  const Setting& setting = settings[index];
  *out = {str(setting.section), str(setting.key), str(setting.value)};
  return DCC_OK;
}

constexpr dcc_config_v1 kConfig = {config_count, config_at};

// ---- dcc.inventory/1

dcc_status inventory_device(const dcc_host* host, dcc_call* call, std::uint64_t device_id,
                            dcc_device* out) noexcept {
  if (!is_call_of(host, call) || out == nullptr || out->size < kDeviceSize) return DCC_INVALID;
  return guarded_lookup(*call, [&] { return call->device(device_id, *out); });
}

constexpr dcc_inventory_v1 kInventory = {inventory_device};

// ---- dcc.appointments/1

dcc_status appointments_acts_for_orderer(const dcc_host* host, dcc_call* call,
                                         std::uint64_t agent_id, std::uint64_t device_id,
                                         std::int64_t at, std::int32_t* answer) noexcept {
  if (!is_call_of(host, call) || answer == nullptr) return DCC_INVALID;
  *answer = 0;
  return guarded_lookup(*call,
                        [&] { return call->acts_for_orderer(agent_id, device_id, at, *answer); });
}

dcc_status appointments_acts_for_any(const dcc_host* host, dcc_call* call, std::uint64_t agent_id,
                                     std::int64_t at, std::int32_t* answer) noexcept {
  if (!is_call_of(host, call) || answer == nullptr) return DCC_INVALID;
  *answer = 0;
  return guarded_lookup(*call, [&] { return call->acts_for_any(agent_id, at, *answer); });
}

constexpr dcc_appointments_v1 kAppointments = {appointments_acts_for_orderer,
                                               appointments_acts_for_any};

// ---- dcc.facts/1

bool is_word(dcc_str text, std::size_t at_most) {
  return is_text(text) && text.size > 0 && text.size <= at_most &&
         one_line(view(text), text.size) == view(text);
}

dcc_status facts_offers(const dcc_host* host, dcc_str kind, std::int32_t* answer) noexcept {
  if (host == nullptr || answer == nullptr || !is_text(kind)) return DCC_INVALID;
  *answer = offers_facts(handle_of(host).services, view(kind)) ? DCC_YES : DCC_NO;
  return DCC_OK;
}

dcc_status facts_look_up(const dcc_host* host, dcc_call* call, dcc_str kind, dcc_str key,
                         dcc_fact* out) noexcept {
  if (!is_call_of(host, call) || out == nullptr || out->size < kFactSize) return DCC_INVALID;
  return guarded_lookup(*call, [&] {
    const bool can_be_meant = is_word(kind, kMaxKind) && is_word(key, kMaxKey) &&
                              offers_facts(handle_of(host).services, view(kind));
    return can_be_meant ? call->fact(view(kind), view(key), *out) : DCC_INVALID;
  });
}

constexpr dcc_facts_v1 kFacts = {facts_offers, facts_look_up};

// ---- dcc.clock/1

std::int64_t clock_now(const dcc_host* host) noexcept {
  static const HostServices kNone;
  return now(host == nullptr ? kNone : handle_of(host).services);
}

constexpr dcc_clock_v1 kClock = {clock_now};

// ---- dcc.registry/1

dcc_status registry_add(const dcc_host* host, const dcc_handler* handler) noexcept {
  if (host == nullptr || handler == nullptr) return DCC_INVALID;
  Staging* const staging = handle_of(host).staging;
  if (staging == nullptr) return DCC_NOT_NOW;
  return guarded([&] { return staging->add(*handler); });
}

dcc_status registry_set_code(const dcc_host* host, dcc_call* call, dcc_str code) noexcept {
  if (!is_call_of(host, call)) return DCC_INVALID;
  return guarded([&] { return call->set_code(is_text(code) ? view(code) : ""); });
}

dcc_status registry_set_reason(const dcc_host* host, dcc_call* call, dcc_str reason) noexcept {
  if (!is_call_of(host, call) || !is_text(reason)) return DCC_INVALID;
  return guarded([&] {
    call->set_reason(view(reason));
    return DCC_OK;
  });
}

dcc_status registry_set_not_valid(const dcc_host* host, dcc_call* call, dcc_str reason) noexcept {
  if (!is_call_of(host, call) || !is_text(reason)) return DCC_INVALID;
  return guarded([&] {
    call->set_not_valid(view(reason));
    return DCC_OK;
  });
}

constexpr dcc_registry_v1 kRegistry = {registry_add, registry_set_code, registry_set_reason,
                                       registry_set_not_valid};

const void* service_by_id(const dcc_host* host, dcc_str id) noexcept {
  if (host == nullptr || !is_text(id)) return nullptr;
  return find_service(handle_of(host).services, view(id));
}

constexpr std::array<std::string_view, 7> kIds = {
    DCC_SERVICE_LOG,   DCC_SERVICE_CONFIG, DCC_SERVICE_INVENTORY, DCC_SERVICE_APPOINTMENTS,
    DCC_SERVICE_FACTS, DCC_SERVICE_CLOCK,  DCC_SERVICE_REGISTRY};
constexpr std::array<const void*, kIds.size()> kTables = {
    &kLog, &kConfig, &kInventory, &kAppointments, &kFacts, &kClock, &kRegistry};

dcc_status not_now(const dcc_host*) noexcept {
  return DCC_NOT_NOW;
}

}  // namespace

const void* find_service(const HostServices& services, std::string_view id) {
  const auto it = std::ranges::find(kIds, id);
  if (it != kIds.end()) return kTables[static_cast<std::size_t>(it - kIds.begin())];
  const auto own = services.own.find(id);
  return own == services.own.end() ? nullptr : own->second;
}

std::span<const std::string_view> contract_services() {
  return kIds;
}

const void* service_without_host() {
  static const auto table = [] {
    std::array<dcc_status (*)(const dcc_host*) noexcept, kMaxFunctions> functions;
    functions.fill(not_now);
    return functions;
  }();
  return table.data();
}

bool offers_facts(const HostServices& services, std::string_view kind) {
  constexpr std::array kContracts = {kUserFact, kDeviceFact, kActsFact, kActsForAnyFact};
  return std::ranges::find(kContracts, kind) != kContracts.end() ||
         std::ranges::find(services.fact_kinds, kind) != services.fact_kinds.end();
}

std::int64_t now(const HostServices& services) noexcept {
  using std::chrono::milliseconds, std::chrono::system_clock;
  try {
    if (services.now) return services.now();
  } catch (...) {  // the system's clock, then
  }
  const auto now = system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<milliseconds>(now).count();
}

void write_log(const HostServices& services, HostServices::Level level, std::string_view source,
               std::string_view line) noexcept {
  if (!services.log) return;
  try {
    services.log(level, source, one_line(line, kMaxLogLine));
  } catch (...) {  // a log that fails must not fail what is logged
  }
}

HostHandle::HostHandle(const HostServices& host_services, std::string plugin_stem,
                       std::vector<Setting> plugin_settings)
    : dcc_host{sizeof(dcc_host),           DCC_ABI_MAJOR, DCC_ABI_MINOR, str(host_services.name),
               str(host_services.version), service_by_id},
      services(host_services),
      stem(std::move(plugin_stem)),
      settings(std::move(plugin_settings)) {}

}  // namespace dcc::host

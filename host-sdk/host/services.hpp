// SPDX-License-Identifier: Apache-2.0
//
// The host's side of the contract: the services, and the host as one plugin instance sees it. What
// a plugin calls never throws and answers DCC_INVALID to arguments that cannot be meant.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dcc/plugin.h"
#include "host/ini.hpp"
#include "host/plugin_directory.hpp"
#include "host/staging.hpp"

namespace dcc::host {

// The table of a service, the contract's or the host's own, or null: not offered. Safe from any
// thread.
const void* find_service(const HostServices& services, std::string_view id);

// The services of the contract, by their ids.
std::span<const std::string_view> contract_services();

// What stands for a service of another host's own where its functions are not: a table of functions
// that answer DCC_NOT_NOW. For the probe and the checker.
const void* service_without_host();

// Are questions of this kind answered: is it the contract's, or one of the host's own?
bool offers_facts(const HostServices& services, std::string_view kind);

// The host's clock, or the system's: Unix time in milliseconds. From any thread.
std::int64_t now(const HostServices& services) noexcept;

// One line to the host's log, if it has one. From any thread.
void write_log(const HostServices& services, HostServices::Level level, std::string_view source,
               std::string_view line) noexcept;

// What a dcc_host pointer points to. Immutable but for `staging`, which the control thread sets
// while it activates the instance. `services` must outlive it.
struct HostHandle : dcc_host {
  HostHandle(const HostServices& host_services, std::string plugin_stem,
             std::vector<Setting> plugin_settings);
  HostHandle(const HostHandle&) = delete;
  HostHandle& operator=(const HostHandle&) = delete;

  const HostServices& services;
  const std::string stem;
  const std::vector<Setting> settings;
  Staging* staging = nullptr;
};

}  // namespace dcc::host

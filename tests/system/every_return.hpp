// SPDX-License-Identifier: Apache-2.0
//
// Returns of all kinds: outcomes for tests of what is made of them later.
#pragma once

#include <string>
#include <vector>

#include "support/host_fixture.hpp"

// How many devices, so that there are outcomes of every User times these times two SRVs.
inline constexpr std::size_t kDevicesReturned = 12;

// Both SRVs from every User for every device.
inline void send_every_return(support::HostFixture& host) {
  std::vector<std::string> devices = {support::kUnorderedHub, support::kMeter, support::kNoDevice};
  for (const char* status : support::kStatuses) devices.push_back(support::hub(status));
  for (const support::Member& member : support::kMembers) {
    for (const std::string& device : devices) {
      for (const char* srv : {"8.14.3", "8.14.4"}) host.answer(member.name, srv, device);
    }
  }
}

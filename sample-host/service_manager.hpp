// SPDX-License-Identifier: Apache-2.0
//
// What systemd is told of the host's state (sd_notify(3)), without its library: one datagram.
#pragma once

#include <string_view>

namespace sample {

// Sends such as "READY=1" to the socket that NOTIFY_SOCKET names; without that nothing happens.
// Lost is no error: who starts the host by hand has no use for it. Safe from any thread.
void tell_service_manager(std::string_view state) noexcept;

}  // namespace sample

// SPDX-License-Identifier: Apache-2.0
//
// The running host: everything of this room put together, from start to stop. For the main thread.
#pragma once

#include <filesystem>
#include <optional>

#include "config.hpp"
#include "store/store.hpp"

namespace sample {

// The configured store; its directory is created for the host's user only if it is not there.
// Throws StoreError.
std::unique_ptr<Store> open_configured_store(const Config& config, SignHead sign_head = {});

// The trust anchor as Credentials::load() takes it.
std::optional<std::filesystem::path> trust_anchor(const Config& config);

// Starts the host and returns when it has stopped: SIGTERM and SIGINT stop it once the requests in
// flight are answered, SIGHUP, which the caller has blocked, opens the log file anew and reloads
// configuration, plugins, credentials and the TLS certificate. Tells the service manager. Throws
// std::exception if it cannot start, which the log file has by then, too.
void serve(const Config& config);

}  // namespace sample

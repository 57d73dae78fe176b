// SPDX-License-Identifier: Apache-2.0
//
// The running host: everything of this room put together, from start to stop. For the main thread.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "config.hpp"
#include "duis/credentials.hpp"
#include "store/store.hpp"

namespace sample {

// The configured store; its directory is created for the host's user only if it is not there.
// Throws StoreError.
std::unique_ptr<Store> open_configured_store(const Config& config);

// The key that responses are signed with. Throws dcc::duis::CryptoError: a file cannot be used, the
// two do not belong together, or the certificate is not valid now.
std::shared_ptr<const dcc::duis::Signer> load_signer(const Config::SigningKey& files);

// The trust anchor as Credentials::load() takes it.
std::optional<std::filesystem::path> trust_anchor(const Config& config);

// Starts the host and returns when it has stopped: SIGTERM and SIGINT stop it once the requests in
// flight are answered, SIGHUP, which the caller has blocked, opens the log file anew and reloads
// configuration, plugins, credentials, the TLS certificate and the signing key. Tells the service
// manager. Throws std::exception if it cannot start, which the log file has by then, too.
void serve(const Config& config);

}  // namespace sample

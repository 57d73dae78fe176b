// SPDX-License-Identifier: Apache-2.0
//
// The running host: everything of this room put together, from start to stop. For the main thread.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "config.hpp"
#include "duis/credentials.hpp"
#include "duis/schema.hpp"
#include "store/store.hpp"

namespace sample {

// Of a store that is a file: for the host's user only, if it is not there. Throws StoreError.
void make_store_directory(const Config& config);

// The configured store; a file's directory is created for the host's user only if it is not there.
// Throws StoreError.
std::unique_ptr<Store> open_configured_store(const Config& config);

// The key that responses are signed with. Throws dcc::duis::CryptoError: a file cannot be used, the
// two do not belong together, or the certificate is not valid now.
std::shared_ptr<const dcc::duis::Signer> load_signer(const Config::SigningKey& files);

// Throws std::runtime_error if there is no store.
void require_store(const Config& config);

// What requests are validated by. Throws std::exception: the file cannot be used.
std::shared_ptr<const dcc::duis::Schema> configured_schema(const Config& config);

// Signs as the host does; empty, if it has no key. Throws as load_signer.
dcc::adaptor::SignHead signing_with_key(const Config& config);
// Whose signatures the host makes; nothing: it makes none. Throws dcc::duis::CryptoError.
std::optional<dcc::duis::PublicKey> signing_key(const Config& config);

// The trust anchor as Credentials::load() takes it.
std::optional<std::filesystem::path> trust_anchor(const Config& config);

// Starts the host and returns when it has stopped: SIGTERM and SIGINT stop it once the requests in
// flight are answered, SIGHUP, which the caller has blocked, opens the log file anew and reloads
// configuration, plugins, credentials, the TLS certificate and the signing key. Tells the service
// manager. Throws std::exception if it cannot start, which the log file has by then, too.
void serve(const Config& config);

}  // namespace sample

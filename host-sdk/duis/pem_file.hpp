// SPDX-License-Identifier: Apache-2.0
//
// Keys, certificates and revocation lists in guarded PEM files. Functions throw CryptoError naming
// the file and what is wrong with it; they are safe from any thread.
#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "duis/openssl.hpp"

namespace dcc::duis {

// An unencrypted private key that only its owner may access. No copy of the text stays in memory.
KeyPtr read_private_key(const std::filesystem::path& file);

// Every certificate of a file that nobody else may write, in order; at least one.
std::vector<X509Ptr> read_certificates(const std::filesystem::path& file);

// The same in a file's `text` that was read already. What is left unread at an error is an error,
// too: half a file is not what its author meant.
std::vector<X509Ptr> parse_certificates(std::string_view text, const std::filesystem::path& file);
std::vector<CrlPtr> parse_revocation_lists(std::string_view text,
                                           const std::filesystem::path& file);

}  // namespace dcc::duis

// SPDX-License-Identifier: Apache-2.0
//
// Keys, certificates and revocation lists in guarded files, as CAs deliver them: PEM, DER, or a
// bundle of PKCS #7. Functions throw CryptoError naming the file and what is wrong with it; they
// are safe from any thread.
#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "duis/openssl.hpp"

namespace dcc::duis {

// An unencrypted private key, PEM or DER, that only its owner may access. No copy of it stays in
// memory.
KeyPtr read_private_key(const std::filesystem::path& file);

// Every certificate of a file that nobody else may write, in order; at least one.
std::vector<X509Ptr> read_certificates(const std::filesystem::path& file);

struct Certificates {
  std::vector<X509Ptr> certificates;
  std::vector<CrlPtr> revocation_lists;
};

// All that the `text` of a file holds, in order. What PEM says to be something else (a key) is
// passed over. What is left unread at an error is an error, too: half a file is not what its author
// meant.
Certificates parse_certificates(std::string_view text, const std::filesystem::path& file);

}  // namespace dcc::duis

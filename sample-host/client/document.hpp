// SPDX-License-Identifier: Apache-2.0
//
// DUIS documents as a client handles them: from a file, to be signed. For one thread at a time.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "duis/credentials.hpp"
#include "duis/identifiers.hpp"

namespace sample::client {

// Throws std::runtime_error. "-": standard input.
std::string read_document(const std::string& file);

struct SignedDocument {
  std::string octets;
  std::optional<dcc::duis::RequestId> request_id;
};

// Makes a message compact, takes away a signature that it has, and signs it. `name` is for the
// error message: throws std::runtime_error for what is no DUIS message.
SignedDocument sign_message(std::string_view octets, const std::string& name,
                            const dcc::duis::Signer& signer);

}  // namespace sample::client

// SPDX-License-Identifier: Apache-2.0
//
// One outcome out of an archive. Safe from any thread, also while the archive grows.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>

#include "adaptor/outcome.hpp"
#include "archive/manifest.hpp"

namespace sample {

// Nothing: the archive does not have it. Throws ArchiveError: there is none, it is damaged, or its
// manifest does not have that key's signature.
std::optional<dcc::adaptor::StoredOutcome> find_archived(
    const std::filesystem::path& directory, std::string_view chain, std::int64_t cursor,
    const std::optional<dcc::duis::PublicKey>& key);

}  // namespace sample

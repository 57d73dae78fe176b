// SPDX-License-Identifier: Apache-2.0
//
// One outcome out of an archive. Safe from any thread, also while the archive grows.
#pragma once

#include <filesystem>
#include <optional>

#include "adaptor/outcome.hpp"
#include "adaptor/store.hpp"
#include "archive/manifest.hpp"

namespace sample {

// The outcome of a request that was archived, as the store remembers it. Nothing: the archive does
// not have it. Throws ArchiveError: there is none, it is damaged, or its manifest does not have
// that key's signature.
std::optional<dcc::adaptor::StoredOutcome> find_archived(
    const std::filesystem::path& directory, const dcc::duis::RequestId& id,
    const dcc::adaptor::Replay& before, const std::optional<dcc::duis::PublicKey>& key);

}  // namespace sample

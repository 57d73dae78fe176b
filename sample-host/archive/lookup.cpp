// SPDX-License-Identifier: Apache-2.0
#include "archive/lookup.hpp"

#include "archive/record_file.hpp"

namespace sample {

std::optional<dcc::adaptor::StoredOutcome> find_archived(
    const std::filesystem::path& directory, const dcc::duis::RequestId& id,
    const dcc::adaptor::Replay& before, const std::optional<dcc::duis::PublicKey>& key) {
  const Manifest manifest = read_manifest(directory, key);
  // A store that was copied may call its chain otherwise than the archive does.
  const bool is_renamed = manifest.last_of(before.chain) == nullptr;
  for (const ArchivedMonth& month : manifest.months) {
    if (!is_renamed && month.chain != before.chain) continue;
    if (before.archived < month.first || before.archived > month.last) continue;
    auto found = RecordReader(directory / month.file).find(before.archived);
    if (found && found->outcome.request_id == id && found->outcome.digest == before.digest)
      return found;
  }
  return std::nullopt;
}

}  // namespace sample

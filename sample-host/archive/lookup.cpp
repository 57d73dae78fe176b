// SPDX-License-Identifier: Apache-2.0
#include "archive/lookup.hpp"

#include "archive/record_file.hpp"

namespace sample {

std::optional<dcc::adaptor::StoredOutcome> find_archived(
    const std::filesystem::path& directory, std::string_view chain, std::int64_t cursor,
    const std::optional<dcc::duis::PublicKey>& key) {
  for (const ArchivedMonth& month : read_manifest(directory, key).months) {
    if (month.chain != chain || cursor < month.first || cursor > month.last) continue;
    return RecordReader(directory / month.file).find(cursor);
  }
  return std::nullopt;
}

}  // namespace sample

// SPDX-License-Identifier: Apache-2.0
//
// From the tables of an earlier version to those of this one: ordered steps, each of which ends in
// one transaction that also raises the version. What is large is done before that, in bounded
// transactions that a later call goes on from. One thread at a time.
#pragma once

#include <filesystem>

#include "store/store.hpp"

namespace sample::sqlite {

// See planned_upgrade().
Upgrade plan_upgrade(const std::filesystem::path& file);
// See upgrade_store().
Upgrade upgrade_file(const std::filesystem::path& file, const UpgradeOptions& options);

}  // namespace sample::sqlite

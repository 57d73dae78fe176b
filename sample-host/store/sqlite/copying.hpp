// SPDX-License-Identifier: Apache-2.0
//
// A store's file that is copied from, or made by a copy. One thread at a time. Functions throw
// StoreError.
#pragma once

#include <filesystem>
#include <memory>

#include "store/copying.hpp"

namespace sample::sqlite {

// Of a store of this version, which nobody else may use as long as it lives; or, `beside` hosts,
// as it is now. Nothing in it is changed.
std::unique_ptr<CopyView> view_of(const std::filesystem::path& file, bool beside);

// For a file that is not there yet. What a copy that was killed has left beside it, of the same
// name and .copy-partial, is made anew.
std::unique_ptr<CopyTarget> new_copy(const std::filesystem::path& file);

}  // namespace sample::sqlite

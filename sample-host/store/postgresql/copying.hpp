// SPDX-License-Identifier: Apache-2.0
//
// A database that is copied from, or filled by a copy: either in one transaction. One thread at a
// time. Functions throw StoreError.
#pragma once

#include <memory>
#include <string>

#include "store/copying.hpp"

namespace sample::postgresql {

// As it is now. Refused, unless it is read `beside` them, while hosts are connected.
std::unique_ptr<CopyView> view_of(const std::string& url, bool beside);

// As the owner of a database that init-store has prepared and that has no rows. Others wait until
// the copy is kept or given up.
std::unique_ptr<CopyTarget> new_copy(const std::string& url);

}  // namespace sample::postgresql

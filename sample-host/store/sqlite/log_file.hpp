// SPDX-License-Identifier: Apache-2.0
//
// The write-ahead log as a file, before SQLite opens it: a log that SQLite cannot read is an empty
// log to it, and gone when the last connection closes, with every commit that was in it. Safe from
// any thread.
#pragma once

#include <filesystem>

namespace sample::sqlite {

// Throws StoreError, which names the log, if it is there and its head is not that of a log, or if
// `database` is empty beside it. Opens nothing but the log, and changes nothing.
void require_readable_log(const std::filesystem::path& database);

}  // namespace sample::sqlite

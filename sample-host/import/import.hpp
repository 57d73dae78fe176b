// SPDX-License-Identifier: Apache-2.0
//
// Imports a CSV file into the store. The whole file is checked first and refused if anything in it
// is wrong; then its rows, sorted by key, are upserted. An import that was interrupted is repeated.
// Devices and orders need some 70 MB of memory however many they are: what does not fit is sorted
// in a temporary file, as large as the CSV file (spill_file.hpp says where). Safe from any thread.
//
// The first line is exactly one of these:
//   users         user_id,role,status,name
//   devices       device_id,type,status
//   orders        device_id,supplier_id
//   appointments  agent_id,supplier_id,valid_from,valid_until
//
// An appointment is withdrawn by giving it an end before its beginning, or by a file that replaces
// all and does not name it.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>

#include "store/store.hpp"

namespace sample {

using ImportKind = Table;

// A file that is refused; nothing was imported. what() has a line `FILE:LINE: why` for each of the
// first bad lines, and says how many more there are.
struct ImportError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct ImportCounts {
  std::size_t rows = 0;     // in the file
  std::size_t changed = 0;  // of these, such as were new or changed something
  std::size_t removed = 0;
};

struct ImportOptions {
  bool replace = false;  // remove rows that the file does not name, when its own are in the store
  bool dry_run = false;  // change nothing
  // With `replace`: what is going to be removed, told before anything is changed. The first few
  // keys, and how many there are.
  std::function<void(std::span<const std::string> keys, std::size_t count)> removal;
};

// Called now and then while the file is checked, with the rows read and no total; then after each
// transaction.
using ImportProgress = std::function<void(std::size_t done, std::optional<std::size_t> total)>;

// Throws ImportError; std::runtime_error if the file cannot be read or a temporary file fails;
// StoreError, and then the rows of earlier transactions are in the store.
ImportCounts import_file(Store& store, ImportKind kind, const std::filesystem::path& file,
                         const ImportProgress& progress = {}, const ImportOptions& options = {});

}  // namespace sample

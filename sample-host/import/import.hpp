// SPDX-License-Identifier: Apache-2.0
//
// Imports a CSV file into the store. The whole file is checked first and refused if anything in it
// is wrong; then its rows, sorted by key, are upserted. An import that was interrupted is repeated.
// The store sorts them in its temporary files, so that memory is bounded, to some 70 MB, however
// many rows there are. Safe from any thread.
//
// The first line names the columns, exactly; columns_in_words() says which, and what they take.
//
// An appointment is withdrawn by giving it an end before its beginning, or by a file that replaces
// all and does not name it.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <istream>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>

#include "store/staging.hpp"

namespace sample {

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

// `checked` is told now and then, with the rows read, of which the total is not known; the others
// after each transaction.
enum class ImportStep { checked, imported, removed };
using ImportProgress =
    std::function<void(ImportStep step, std::size_t done, std::optional<std::size_t> total)>;

// Into the table of `staging`, which is used up. Throws ImportError; std::runtime_error if the file
// cannot be read; StoreError, and then the rows of earlier transactions are in the store.
ImportCounts import_file(Staging& staging, const std::filesystem::path& file,
                         const ImportProgress& progress = {}, const ImportOptions& options = {});
// The same from a stream, which messages call `name`; it is read once, to its end.
ImportCounts import_stream(Staging& staging, std::istream& in, const std::string& name,
                           const ImportProgress& progress = {}, const ImportOptions& options = {});

// The first line that a table's file must have, then each column with what is allowed, a line each.
std::string columns_in_words(Table table);

}  // namespace sample

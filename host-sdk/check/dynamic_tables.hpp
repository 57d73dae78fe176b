// SPDX-License-Identifier: Apache-2.0
//
// What a shared object tells the dynamic loader: the libraries it wants, the symbols it shows, the
// liberties it takes. Read from the file's octets; the object is not loaded. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dcc::check {

struct DynamicTables {
  struct Symbol {  // one that other objects can see and that is defined here
    std::string name;
    std::uint64_t size = 0;
    bool is_object = false;  // data, not code
    bool is_unique = false;  // STB_GNU_UNIQUE
  };

  std::vector<std::string> needed;        // DT_NEEDED
  std::vector<std::string> search_paths;  // DT_RPATH, DT_RUNPATH
  bool text_relocations = false;
  bool executable_stack = false;
  std::vector<Symbol> exported;  // sorted by name
};

// `bytes` is a whole shared object, see dcc::host::why_no_shared_object(). std::runtime_error: its
// tables point outside of it, or are not there.
DynamicTables read_dynamic_tables(std::string_view bytes);

}  // namespace dcc::check

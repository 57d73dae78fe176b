// SPDX-License-Identifier: Apache-2.0
//
// The page's files, in the program. Safe from any thread.
#pragma once

#include <span>
#include <string_view>

namespace sample::console {

struct File {
  std::string_view path;  // as a request's target
  std::string_view type;
  std::string_view content;
};

std::span<const File> page_files();

}  // namespace sample::console

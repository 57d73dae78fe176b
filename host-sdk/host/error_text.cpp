// SPDX-License-Identifier: Apache-2.0
#include "host/error_text.hpp"

#include <cerrno>
#include <system_error>

namespace dcc::host {

std::string error_text(int error) {
  std::string text = std::generic_category().message(error);
  if (error == EMFILE) return text + ": the process's limit (ulimit -n, LimitNOFILE) is reached";
  if (error == ENFILE) return text + ": the limit fs.file-max (sysctl) is reached";
  return text;
}

}  // namespace dcc::host

// SPDX-License-Identifier: Apache-2.0
//
// The report on standard output, out of the plugin's reach: what the plugin itself prints there
// goes to standard error. One thread at a time.
#pragma once

#include <string>
#include <string_view>

#include "guard/file_descriptor.hpp"
#include "host/probe_report.hpp"

namespace dcc::probe {

class Report {
 public:
  // From now on standard output is standard error's, and standard input is empty. Throws
  // std::system_error.
  Report();

  // One line, written at once. Throws std::system_error.
  void write(std::string host::ProbeReport::*field, std::string_view text);

 private:
  void write(std::string_view line);

  guard::FileDescriptor out_;
};

}  // namespace dcc::probe

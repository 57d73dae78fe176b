// SPDX-License-Identifier: Apache-2.0
//
// The options of dcch_new(), as its comment in dcc/host.h describes them. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/plugin_directory.hpp"

namespace dcc::foreign {

struct Options {
  host::PluginPaths paths;
  std::string name = "host";
  std::string version;
  std::vector<std::string> fact_kinds;
  std::optional<bool> watch;  // nothing: the options do not say
};

// BadInput: they are not what they should be.
Options read_options(std::string_view text);

}  // namespace dcc::foreign

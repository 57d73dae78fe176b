// SPDX-License-Identifier: Apache-2.0
//
// What the hosts of a plugin offer beyond the contract, as the command line says it. A plain value.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace dcc::check {

struct Offered {
  struct FactKind {
    std::string kind;
    // What it may say, each a list of names and values; if none: nothing, by no name.
    std::vector<std::vector<std::pair<std::string, std::string>>> answers;
  };
  std::vector<std::string> services;
  std::vector<FactKind> facts;
  std::vector<std::string> arguments;  // the command line's that say all this
};

}  // namespace dcc::check

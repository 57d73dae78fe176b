// SPDX-License-Identifier: Apache-2.0
//
// What a host answers in each state that the live-change test brings it into. Three settings whose
// answers tell them apart: a mixture of any two gives a code that neither gives.
#pragma once

#include <string>
#include <vector>

namespace live {

// What lies in the plugin directories.
struct State {
  enum class Settings { shipped, sna_off, commissioned };

  bool plugin = true;
  bool next_build = false;  // else the shipped one
  Settings settings = Settings::shipped;

  bool operator==(const State&) const = default;
};

// The text of the settings file.
std::string settings_text(State::Settings settings);

// A request of the load: an SNA's, or a Supplier's, for a hub with this status.
struct Sort {
  const char* user;
  const char* srv;
  const char* status;
};
const std::vector<Sort>& sorts();

// As code_of() says it.
std::string expected(const State& state, const Sort& sort);

}  // namespace live

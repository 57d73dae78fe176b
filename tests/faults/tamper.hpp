// SPDX-License-Identifier: Apache-2.0
//
// What a store that does not keep its promise would do between a kill and the restart: the proof
// that the harness can fail. For the main thread, while no host runs.
#pragma once

#include <filesystem>
#include <vector>

namespace faults {

struct Tamper {
  const char* name;
  void (*apply)(const std::filesystem::path& store);
};

const std::vector<Tamper>& tampers();

}  // namespace faults

// SPDX-License-Identifier: Apache-2.0
//
// The examples of the reference data: one request and its response for each SRV and each of these.
#pragma once

#include <string>

#include "support/host_fixture.hpp"

namespace rtds {

struct Case {
  const char* name;  // of the files; begins with the response code
  const char* user;
  std::string device;
  unsigned command_variant = 8;
  const char* endpoint = "serviceD";

  std::string code() const {
    const std::string text = name;
    return text.substr(0, text.find('-'));
  }
};

inline const Case kCases[] = {
    {"I99-EIS", "eis", support::hub("Commissioned")},
    {"I99-GIS", "gis", support::hub("Commissioned")},
    {"I99-SNA", "sna", support::hub("Pending")},
    {"E1", "unknown", support::hub("Pending")},
    {"E2", "es", support::hub("Pending")},
    {"E3", "suspended", support::hub("Pending")},
    {"E4", "lonely", support::hub("Pending")},
    {"E5", "sna", support::hub("Commissioned")},
    {"E11", "eis", support::kMeter},
    {"E12", "eis", support::hub("Pending"), 1},
    {"E13", "eis", support::hub("Pending"), 8, "serviceS"},
    {"E19", "gis", support::kNoDevice},
};
inline constexpr const char* kSrvs[] = {"8.14.3", "8.14.4"};

}  // namespace rtds

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
  // For the index.
  const char* sender;
  const char* state;  // of the hub
  const char* shows;
  unsigned command_variant = 8;
  const char* endpoint = "serviceD";

  std::string code() const {
    const std::string text = name;
    return text.substr(0, text.find('-'));
  }
};

inline const Case kCases[] = {
    {"I99-EIS", "eis", support::hub("Commissioned"), "an Import Supplier", "`Commissioned`",
     "Suppliers return hubs in any status, as ever"},
    {"I99-GIS", "gis", support::hub("Commissioned"), "a Gas Supplier", "`Commissioned`",
     "the same, for gas"},
    {"I99-SNA", "sna", support::hub("Pending"), "a Supplier Nominated Agent", "`Pending`",
     "an agent may, before installation"},
    {"E1", "unknown", support::hub("Pending"), "a User who is not in the register", "`Pending`",
     "User or User Role not known"},
    {"E2", "es", support::hub("Pending"), "an Export Supplier", "`Pending`",
     "role not eligible for the Service Request"},
    {"E3", "suspended", support::hub("Pending"), "a suspended Import Supplier", "`Pending`",
     "User status does not permit"},
    {"E4", "lonely", support::hub("Pending"), "an agent whom no Supplier has confirmed",
     "`Pending`", "role not authorised for this device"},
    {"E5", "sna", support::hub("Commissioned"), "a Supplier Nominated Agent", "`Commissioned`",
     "an agent may not, once the hub is more than `Pending`"},
    {"E11", "eis", support::kMeter, "an Import Supplier", "an ESME",
     "the device is no Communications Hub"},
    {"E12", "eis", support::hub("Pending"), "an Import Supplier", "`Pending`",
     "command variant 1; only 8 is possible", 1},
    {"E13", "eis", support::hub("Pending"), "an Import Supplier", "`Pending`",
     "sent to `serviceS`; only `serviceD` is right", 8, "serviceS"},
    {"E19", "gis", support::kNoDevice, "a Gas Supplier", "none",
     "the device is not in the inventory"},
};
inline constexpr const char* kSrvs[] = {"8.14.3", "8.14.4"};

// INDEX.md: every request and its response, with the code and what it means.
inline std::string index() {
  std::string text =
      "# Reference data: index\n\nWritten by `tests/rtds/regenerate`. What the files are: "
      "[README.md](README.md).\n\n| Code | Meaning | Sent by | Hub |";
  for (const char* srv : kSrvs) text.append(" ").append(srv).append(" |");
  text += "\n|---|---|---|---|---|---|\n";
  for (const Case& example : kCases) {
    text += "| " + example.code() + " | " + example.shows + " | " + example.sender + " | " +
            example.state + " |";
    for (const char* srv : kSrvs) {
      const std::string file = std::string(srv) + "/" + example.name;
      text += " [request](" + file + ".request.xml), [response](" + file + ".response.xml) |";
    }
    text += "\n";
  }
  return text;
}

}  // namespace rtds

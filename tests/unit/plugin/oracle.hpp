// SPDX-License-Identifier: Apache-2.0
//
// The decision space of ch-returns, and what the requirements say about each point of it. The
// oracle is written from the requirements (R1...R18), not from the code it judges.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace oracle {

using Text = std::string_view;

inline constexpr std::array<Text, 9> kRoles = {"EIS", "GIS", "SNA", "ES", "ED",
                                               "GT",  "OU",  "MDR", "XYZ"};
inline constexpr std::array<Text, 10> kStatuses = {
    "Pending",       "Whitelisted",    "InstalledNotCommissioned",
    "Commissioned",  "Decommissioned", "Withdrawn",
    "Suspended",     "Recovery",       "Recovered",
    "NotYetInvented"};
inline constexpr std::array<Text, 2> kSrvs = {"8.14.3", "8.14.4"};
inline constexpr std::array<Text, 10> kDevices = {"ESME",  "GSME", "GPF", "CHF",    "HCALCS",
                                                  "PPMID", "IHD",  "CAD", "absent", "unavailable"};
inline constexpr std::array<Text, 4> kAppointed = {"none", "orderer", "another", "unavailable"};

inline constexpr std::array<Text, 2> kSupplierSettings = {"any", "none"};
inline constexpr std::array<Text, 13> kAgentSettings = {"absent",
                                                        "none",
                                                        "any",
                                                        "Pending",
                                                        "Whitelisted",
                                                        "InstalledNotCommissioned",
                                                        "Commissioned",
                                                        "Decommissioned",
                                                        "Withdrawn",
                                                        "Suspended",
                                                        "Recovery",
                                                        "Recovered",
                                                        "Pending, Withdrawn,Recovered"};
inline constexpr std::array<Text, 2> kStatusCodes = {"E5", "E17"};
inline constexpr std::array<Text, 3> kAppointmentSettings = {"required", "any", "off"};

// One setting of everything that matters for one SRV.
struct Settings {
  Text srv, eis, gis, sna, status_code, appointment;

  // As lines of the file. The other SRV says the contrary, so that reading the wrong row shows;
  // the defaults (E5, required) are left to the plugin.
  std::vector<std::array<std::string, 3>> lines() const {
    const auto contrary = [](Text value) { return value == "any" ? "none" : "any"; };
    const std::string own(srv);
    const std::string other(srv == kSrvs[0] ? kSrvs[1] : kSrvs[0]);
    std::vector<std::array<std::string, 3>> all = {
        {own, "EIS", std::string(eis)}, {own, "GIS", std::string(gis)},
        {other, "EIS", contrary(eis)},  {other, "GIS", contrary(gis)},
        {other, "SNA", contrary(sna)},
    };
    if (sna != "absent") all.push_back({own, "SNA", std::string(sna)});
    if (status_code != "E5") all.push_back({"SNA", "status_code", std::string(status_code)});
    if (appointment != "required") {
      all.push_back({"SNA", "appointment", std::string(appointment)});
    }
    return all;
  }
};

// One request in one state of the world.
struct Case {
  const Settings& set;
  Text role, status, device, appointed;

  bool is_supplier() const { return role == "EIS" || role == "GIS"; }
  bool is_agent() const { return role == "SNA"; }
  bool is_listed() const {
    for (Text rest = set.sna;;) {
      const auto comma = rest.find(',');
      if (rest.substr(0, comma) == status) return true;
      if (comma == rest.npos) return false;
      rest.remove_prefix(rest.find_first_not_of(" ", comma + 1));
    }
  }
};

// The first row that holds for a case says the code ("503": no answer; empty: the setting's code)
// and which lookups were needed for it: d device, o acts for the orderer, a acts for any.
struct Row {
  const char* requirement;
  bool (*holds)(const Case&);
  Text code;
  Text asked;
};

inline constexpr std::array<Row, 17> kRows = {{
    // R17: the role first, without a look at anything else.
    {"R4: no other role", [](const Case& c) { return !c.is_supplier() && !c.is_agent(); }, "E2",
     ""},
    {"R12: EIS off", [](const Case& c) { return c.role == "EIS" && c.set.eis == "none"; }, "E2",
     ""},
    {"R12: GIS off", [](const Case& c) { return c.role == "GIS" && c.set.gis == "none"; }, "E2",
     ""},
    {"R12: SNA off", [](const Case& c) { return c.is_agent() && c.set.sna == "none"; }, "E2", ""},
    {"R12: SNA not set", [](const Case& c) { return c.is_agent() && c.set.sna == "absent"; }, "E2",
     ""},
    // R8: the inventory, as it is now.
    {"R8: cannot tell", [](const Case& c) { return c.device == "unavailable"; }, "503", "d"},
    {"E19: no such device", [](const Case& c) { return c.device == "absent"; }, "E19", "d"},
    {"E11: not a hub", [](const Case& c) { return c.device != "CHF"; }, "E11", "d"},
    {"R3, R7: Suppliers as before", [](const Case& c) { return c.is_supplier(); }, "I99", "d"},
    // From here on: an SNA, and a hub.
    {"R5, R6, R10: status", [](const Case& c) { return c.set.sna != "any" && !c.is_listed(); }, "",
     "d"},
    {"R18: off", [](const Case& c) { return c.set.appointment == "off"; }, "I99", "d"},
    {"R18: cannot tell, required",
     [](const Case& c) { return c.appointed == "unavailable" && c.set.appointment == "required"; },
     "503", "do"},
    {"R18: cannot tell, any", [](const Case& c) { return c.appointed == "unavailable"; }, "503",
     "da"},
    {"R1, R31: confirmed by the orderer",
     [](const Case& c) { return c.set.appointment == "required" && c.appointed == "orderer"; },
     "I99", "do"},
    {"R18: not confirmed by the orderer",
     [](const Case& c) { return c.set.appointment == "required"; }, "E4", "do"},
    {"R18: confirmed by nobody", [](const Case& c) { return c.appointed == "none"; }, "E4", "da"},
    {"R1, R31: confirmed by some Supplier", [](const Case&) { return true; }, "I99", "da"},
}};

inline const Row& judge(const Case& c) {
  std::size_t row = 0;
  while (!kRows[row].holds(c)) ++row;
  return kRows[row];
}
inline Text code(const Row& row, const Case& c) {
  return row.code.empty() ? c.set.status_code : row.code;
}

template <class Visit>
void for_each_settings(Visit visit) {
  for (const Text srv : kSrvs) {
    for (const Text eis : kSupplierSettings) {
      for (const Text gis : kSupplierSettings) {
        for (const Text sna : kAgentSettings) {
          for (const Text status_code : kStatusCodes) {
            for (const Text appointment : kAppointmentSettings) {
              visit(Settings{srv, eis, gis, sna, status_code, appointment});
            }
          }
        }
      }
    }
  }
}

template <class Visit>
void for_each_case(const Settings& set, Visit visit) {
  for (const Text role : kRoles) {
    for (const Text status : kStatuses) {
      for (const Text device : kDevices) {
        for (const Text appointed : kAppointed) visit(Case{set, role, status, device, appointed});
      }
    }
  }
}

}  // namespace oracle

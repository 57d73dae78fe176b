// SPDX-License-Identifier: Apache-2.0
#include "settings.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "dcc/instant.hpp"
#include "dcc/response_codes.hpp"

namespace ch_returns {
namespace {

constexpr std::array<Srv, 2> kSrvs = {Srv::fault_return, Srv::no_fault_return};
constexpr std::array<std::pair<Role, const char*>, 3> kRoles = {
    {{Role::eis, "EIS"}, {Role::gis, "GIS"}, {Role::sna, "SNA"}}};
constexpr std::array<std::pair<Appointment, const char*>, 3> kAppointments = {
    {{Appointment::required, "required"}, {Appointment::any, "any"}, {Appointment::off, "off"}}};
constexpr std::array<std::string_view, 9> kSmiStatuses = {
    "Pending",      "Whitelisted",    "InstalledNotCommissioned",
    "Commissioned", "Decommissioned", "Withdrawn",
    "Suspended",    "Recovery",       "Recovered"};

template <class Table, class Value>
std::string name_in(const Table& table, Value value) {
  for (const auto& [entry, name] : table) {
    if (entry == value) return name;
  }
  return {};
}

[[noreturn]] void refuse(const dcc::Setting& setting, const std::string& expected) {
  throw dcc::Refused("[" + std::string(setting.section) + "] " + std::string(setting.key) + " = " +
                     std::string(setting.value) + ": " + expected);
}

[[noreturn]] void refuse_statuses(const dcc::Setting& setting) {
  std::string expected = "expected any, none or a comma-separated list of";
  for (const std::string_view status : kSmiStatuses) expected += ' ' + std::string(status);
  refuse(setting, expected);
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::vector<std::string> status_list(const dcc::Setting& setting) {
  std::vector<std::string> statuses;
  for (std::string_view rest = setting.value;;) {
    const auto comma = rest.find(',');
    const std::string_view status = trimmed(rest.substr(0, comma));
    if (std::find(kSmiStatuses.begin(), kSmiStatuses.end(), status) == kSmiStatuses.end()) {
      refuse_statuses(setting);
    }
    if (std::find(statuses.begin(), statuses.end(), status) != statuses.end()) {
      refuse(setting, std::string(status) + " is given twice");
    }
    statuses.emplace_back(status);
    if (comma == rest.npos) return statuses;
    rest.remove_prefix(comma + 1);
  }
}

Allowed read_allowed(const dcc::Setting& setting, Role role) {
  if (setting.value == "any") return {true, {}};
  if (setting.value == "none") return {};
  if (role != Role::sna) refuse(setting, "expected any or none");
  return {false, status_list(setting)};
}

// A rejection must not read as an acceptance (I0, I99) or as one with a warning (W...).
std::string read_status_code(const dcc::Setting& setting) {
  if (!dcc::is_response_code(setting.value) || setting.value.front() != 'E') {
    refuse(setting, "expected an error code (E...) of the DUIS schema, such as E5");
  }
  return std::string(setting.value);
}

Appointment read_appointment(const dcc::Setting& setting) {
  for (const auto& [appointment, name] : kAppointments) {
    if (setting.value == name) return appointment;
  }
  refuse(setting, "expected required, any or off");
}

Period::Limit read_limit(const dcc::Setting& setting, std::int64_t (*meant)(const dcc::Instant&)) {
  const auto instant = dcc::parse_instant(setting.value);
  if (!instant) {
    refuse(setting,
           "expected a UTC day, such as 2026-11-05, or a time with its offset, such as "
           "2026-11-05T01:00+01:00");
  }
  const std::int64_t at = meant(*instant);
  return {at, dcc::utc_text(at)};
}

std::string by_both_clocks(const Period::Limit& limit) {
  return limit.text + " (in Great Britain " + dcc::uk_text(limit.at) + ")";
}

class Reader {
 public:
  void read(const dcc::Setting& setting) {
    if (setting.section == "SNA") return read_sna(setting);
    for (const Srv srv : kSrvs) {
      if (setting.section == number(srv)) return read_role(setting, srv);
    }
    refuse(setting, "unknown section; expected [8.14.3], [8.14.4] or [SNA]");
  }

  Settings finish() const {
    const Period& agents = settings_.agents;
    if (agents.from && agents.until && agents.until->at <= agents.from->at) {
      throw dcc::Refused("[SNA] until: ends at " + agents.until->text +
                         ", expected later than [SNA] from, " + agents.from->text);
    }
    for (const Srv srv : kSrvs) {
      for (const auto& [role, name] : kRoles) {
        if (role == Role::sna || seen_.count({std::string(number(srv)), name}) != 0) continue;
        throw dcc::Refused("[" + std::string(number(srv)) + "] " + name +
                           " is missing: expected any or none");
      }
    }
    return settings_;
  }

 private:
  void read_role(const dcc::Setting& setting, Srv srv) {
    const std::optional<Role> role = role_named(setting.key);
    if (!role) refuse(setting, "unknown key; expected EIS (or IS), GIS (or GS), SNA (or RSA)");
    note(setting, name_in(kRoles, *role));
    settings_.allowed(srv, *role) = read_allowed(setting, *role);
  }

  void read_sna(const dcc::Setting& setting) {
    note(setting, std::string(setting.key));
    if (setting.key == "status_code") {
      settings_.status_code = read_status_code(setting);
    } else if (setting.key == "appointment") {
      settings_.appointment = read_appointment(setting);
    } else if (setting.key == "from") {
      settings_.agents.from = read_limit(setting, [](const auto& from) { return from.at; });
    } else if (setting.key == "until") {
      settings_.agents.until = read_limit(setting, [](const auto& until) { return until.end(); });
    } else {
      refuse(setting, "unknown key; expected status_code, appointment, from or until");
    }
  }

  // `name`: of the key, the same for each of its spellings.
  void note(const dcc::Setting& setting, const std::string& name) {
    const auto [at, is_new] =
        seen_.try_emplace({std::string(setting.section), name}, std::string(setting.key));
    if (!is_new) refuse(setting, "given twice; " + at->second + " in this section sets the same");
  }

  Settings settings_;
  std::map<std::pair<std::string, std::string>, std::string> seen_;  // section, name -> spelling
};

}  // namespace

Settings read_settings(const std::vector<dcc::Setting>& given) {
  Reader reader;
  for (const dcc::Setting& setting : given) reader.read(setting);
  return reader.finish();
}

std::string describe(const Settings& settings) {
  std::string line;
  for (const Srv srv : kSrvs) {
    line += "[" + std::string(number(srv)) + "]";
    for (const auto& [role, name] : kRoles) {
      line += std::string(" ") + name + " = " + settings.allowed(srv, role).text() + ";";
    }
    line += ' ';
  }
  line += "[SNA] status_code = " + settings.status_code +
          "; appointment = " + name_in(kAppointments, settings.appointment);
  if (settings.agents.from) line += "; from = " + settings.agents.from->text;
  if (settings.agents.until) line += "; until = " + settings.agents.until->text;
  return line;
}

std::vector<Note> timetable(const Settings& settings, std::int64_t now) {
  const auto& [from, until] = settings.agents;
  std::string agents;
  for (const Srv srv : kSrvs) {
    agents += (agents.empty() ? "[" : ", [") + std::string(number(srv)) +
              "] SNA = " + settings.allowed(srv, Role::sna).text();
  }
  std::vector<Note> notes;
  const bool eligible = !settings.agents.is_before(now) && !settings.agents.is_over(now);
  if (from || until)
    notes.push_back({false, "now: " + (eligible ? agents : "SNA is not eligible")});
  if (from && now < from->at)
    notes.push_back({false, "from " + by_both_clocks(*from) + ": " + agents});
  if (until && now < until->at) {
    notes.push_back({false, "from " + by_both_clocks(*until) + ": SNA is not eligible"});
  }
  if (from && now >= from->at) {
    notes.push_back({true, "[SNA] from is in the past: " + by_both_clocks(*from)});
  }
  if (until && now >= until->at) {
    notes.push_back({true, "[SNA] until is in the past, SNA is not eligible any more: " +
                               by_both_clocks(*until)});
  }
  return notes;
}

}  // namespace ch_returns

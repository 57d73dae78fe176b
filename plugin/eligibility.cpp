// SPDX-License-Identifier: Apache-2.0
#include "eligibility.hpp"

#include <algorithm>

namespace ch_returns {
namespace {

bool is_confirmed(Appointment needed, Lookups& lookups) {
  switch (needed) {
    case Appointment::required:
      return lookups.acts_for_orderer();
    case Appointment::any:
      return lookups.acts_for_any();
    case Appointment::off:
      break;
  }
  return true;
}

std::string unconfirmed(const Settings& settings, const Question& question) {
  return settings.appointment == Appointment::required
             ? question.role + ": does not act for the Supplier that hub " + question.hub +
                   " was ordered for"
             : question.role + ": does not act for any Supplier, hub " + question.hub;
}

// The inventory decides, but who reads the audit record should know.
std::string oddity(const Question& question, const Device& hub) {
  return question.found_post_installation && hub.status == "Pending"
             ? "; odd: the fault is said to be found post installation"
             : "";
}

}  // namespace

std::optional<Role> role_named(std::string_view name) {
  if (name == "EIS" || name == "IS") return Role::eis;
  if (name == "GIS" || name == "GS") return Role::gis;
  if (name == "SNA" || name == "RSA") return Role::sna;
  return std::nullopt;
}

std::string_view number(Srv srv) {
  return srv == Srv::fault_return ? "8.14.3" : "8.14.4";
}

bool Allowed::covers(std::string_view status) const {
  return any || std::find(statuses.begin(), statuses.end(), status) != statuses.end();
}

std::string Allowed::text() const {
  if (any) return "any";
  if (none()) return "none";
  std::string list = statuses.front();
  for (std::size_t i = 1; i < statuses.size(); ++i) list += ", " + statuses[i];
  return list;
}

Allowed& Settings::allowed(Srv srv, Role role) {
  return matrix[static_cast<std::size_t>(srv)][static_cast<std::size_t>(role)];
}

const Allowed& Settings::allowed(Srv srv, Role role) const {
  return matrix[static_cast<std::size_t>(srv)][static_cast<std::size_t>(role)];
}

Decision decide(const Settings& settings, const Question& question, Lookups& lookups) {
  const std::optional<Role> role = role_named(question.role);
  const std::string srv(number(question.srv));
  if (!role) return {"E2", question.role + ": never eligible for " + srv};
  const Allowed& allowed = settings.allowed(question.srv, *role);
  if (allowed.none()) return {"E2", question.role + ": not eligible for " + srv + " by settings"};

  const std::optional<Device> hub = lookups.device();
  if (!hub) return {"E19", question.role + ": hub " + question.hub + " is not in the inventory"};
  if (hub->type != "CHF") {
    return {"E11",
            question.role + ": device " + question.hub + " is of type " + hub->type + ", not CHF"};
  }

  if (!allowed.covers(hub->status)) {
    return {settings.status_code, question.role + ": hub " + question.hub + " is " + hub->status +
                                      "; allowed: " + allowed.text() + oddity(question, *hub)};
  }
  if (*role == Role::sna && !is_confirmed(settings.appointment, lookups)) {
    return {"E4", unconfirmed(settings, question) + oddity(question, *hub)};
  }
  return {"I99",
          question.role + ": hub " + question.hub + " is " + hub->status + oddity(question, *hub)};
}

}  // namespace ch_returns

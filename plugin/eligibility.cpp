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

Reason unconfirmed(const Settings& settings, const Question& question) {
  return settings.appointment == Appointment::required
             ? Reason(question.role, ": does not act for the Supplier that hub ", question.hub,
                      " was ordered for")
             : Reason(question.role, ": does not act for any Supplier, hub ", question.hub);
}

// "any", "none", "Pending, Whitelisted"; to a std::string or a Reason.
template <class Text>
void append(Text& text, const Allowed& allowed) {
  if (allowed.any) text.append("any");
  if (allowed.none()) text.append("none");
  std::string_view separator;
  for (const auto& status : allowed.statuses) {
    text.append(separator).append(status);
    separator = ", ";
  }
}

// The inventory decides, but who reads the audit record should know.
std::string_view oddity(const Question& question, const Device& hub) {
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
  std::string list;
  append(list, *this);
  return list;
}

Allowed& Settings::allowed(Srv srv, Role role) {
  return matrix[static_cast<std::size_t>(srv)][static_cast<std::size_t>(role)];
}

const Allowed& Settings::allowed(Srv srv, Role role) const {
  return matrix[static_cast<std::size_t>(srv)][static_cast<std::size_t>(role)];
}

Ruling decide(const Settings& settings, const Question& question, Lookups& lookups) {
  const std::optional<Role> role = role_named(question.role);
  const std::string_view srv = number(question.srv);
  if (!role) return {"E2", Reason(question.role, ": never eligible for ", srv)};
  const Allowed& allowed = settings.allowed(question.srv, *role);
  if (allowed.none()) {
    return {"E2", Reason(question.role, ": not eligible for ", srv, " by settings")};
  }
  if (*role == Role::sna) {
    const Period& agents = settings.agents;
    if (agents.is_before(question.received_at))
      return {"E2", Reason(question.role, ": not eligible before ", agents.from->text)};
    if (agents.is_over(question.received_at))
      return {"E2", Reason(question.role, ": not eligible since ", agents.until->text)};
  }

  const std::optional<Device> hub = lookups.device();
  if (!hub) {
    return {"E19", Reason(question.role, ": hub ", question.hub, " is not in the inventory")};
  }
  if (hub->type != "CHF") {
    return {"E11", Reason(question.role, ": device ", question.hub, " is of type ", hub->type,
                          ", not CHF")};
  }

  if (!allowed.covers(hub->status)) {
    Reason reason(question.role, ": hub ", question.hub, " is ", hub->status, "; allowed: ");
    append(reason, allowed);
    return {settings.status_code, reason.append(oddity(question, *hub))};
  }
  if (*role == Role::sna && !is_confirmed(settings.appointment, lookups)) {
    return {"E4", unconfirmed(settings, question).append(oddity(question, *hub))};
  }
  return {"I99", Reason(question.role, ": hub ", question.hub, " is ", hub->status,
                        oddity(question, *hub))};
}

}  // namespace ch_returns

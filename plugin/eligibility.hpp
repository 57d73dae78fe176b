// SPDX-License-Identifier: Apache-2.0
//
// Who may return a Communications Hub: the rules of SECMP0039, as a pure function of the settings,
// the question and what the Device Inventory and the appointments say. Knows neither the contract
// nor a host. Everything here is a value; decide() is safe from any thread and needs no heap.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reason.hpp"

namespace ch_returns {

// The roles that can be eligible at all; every other one (ES ED GT OU MDR, or yet unknown) is not.
enum class Role { eis, gis, sna };
// In the host's spelling or DUIS's: EIS or IS, GIS or GS, SNA or RSA.
std::optional<Role> role_named(std::string_view name);

enum class Srv { fault_return, no_fault_return };
std::string_view number(Srv srv);  // 8.14.3, 8.14.4

// The SMI statuses of a hub in which one role may send one SRV.
struct Allowed {
  bool any = false;
  std::vector<std::string> statuses;  // none, and not any: the role is not eligible

  bool none() const { return !any && statuses.empty(); }
  bool covers(std::string_view status) const;
  std::string text() const;  // "any", "none", "Pending, Whitelisted"
};

// Whose confirmation an agent (SNA) needs: that of the Supplier the hub was ordered for, of any
// Supplier, or nobody's.
enum class Appointment { required, any, off };

// When agents may be eligible at all: from one moment until before another, in Unix milliseconds.
// The receipt time counts. Absent: without limit.
struct Period {
  struct Limit {
    std::int64_t at;
    std::string text;  // "2026-11-05T00:00:00Z"
  };
  std::optional<Limit> from, until;

  bool is_before(std::int64_t at) const { return from && at < from->at; }
  bool is_over(std::int64_t at) const { return until && at >= until->at; }
};

struct Settings {
  std::array<std::array<Allowed, 3>, 2> matrix;  // by Srv, by Role
  std::string status_code = "E5";                // an SNA's hub is in a status that is not allowed
  Appointment appointment = Appointment::required;
  Period agents;

  Allowed& allowed(Srv srv, Role role);
  const Allowed& allowed(Srv srv, Role role) const;
};

// The views of this and of Device live until decide() has returned.
struct Question {
  Srv srv;
  std::string_view role;  // of the User who sent it
  std::string_view hub;   // EUI-64, for the reason
  bool found_post_installation = false;
  std::int64_t received_at = 0;  // Unix milliseconds
};

struct Device {
  std::string_view type;
  std::string_view status;
};

// What the rules may ask about the one hub and the one User of a question. They ask as late and as
// little as possible. An implementation that cannot tell throws; the exception passes through.
class Lookups {
 public:
  virtual std::optional<Device> device() = 0;  // nothing: not in the inventory
  virtual bool acts_for_orderer() = 0;
  virtual bool acts_for_any() = 0;

 protected:
  ~Lookups() = default;
};

struct Ruling {
  std::string_view code;  // DUIS response code: static text, or the settings' status_code
  Reason reason;          // one line, for the log and the audit record
};

// Checks in this order: E2, E19, E11, E5 (or what stands for it), E4; else I99.
Ruling decide(const Settings& settings, const Question& question, Lookups& lookups);

}  // namespace ch_returns

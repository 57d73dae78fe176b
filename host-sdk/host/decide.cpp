// SPDX-License-Identifier: Apache-2.0
#include "host/decide.hpp"

#include <string>

#include "dcc/plugin.hpp"
#include "host/contract_limits.hpp"

namespace dcc::host {
namespace {

using Kind = Decision::Kind;

// The service reference that an SRV belongs to: its first two numbers.
std::string_view service_reference_of(std::string_view srv) {
  const std::size_t first = srv.find('.');
  return first == std::string_view::npos ? srv : srv.substr(0, srv.find('.', first + 1));
}

void set(Decision& decision, Kind kind, std::string_view code, std::string_view reason) {
  decision.kind = kind;
  decision.code = code;
  decision.reason = reason;
}

// True: the request fits what the handler was registered for.
bool fits(const Handler::Info& info, std::string_view endpoint, const dcc_request& request,
          Decision& decision) {
  if (!endpoint.empty() && endpoint != info.endpoint) {
    set(decision, Kind::answered, kWrongEndpoint, "sent to " + std::string(endpoint));
    return false;
  }
  if (request.command_variant >= kCommandVariants ||
      (info.command_variants >> request.command_variant & 1U) == 0) {
    set(decision, Kind::answered, "E12",
        "command variant " + std::to_string(request.command_variant));
    return false;
  }
  if (view(request.body_element) != info.body_element) {
    set(decision, Kind::not_valid, {},
        "the body is " + std::string(view(request.body_element)) + "; " + info.srv + " has " +
            info.body_element);
    return false;
  }
  if (view(request.service_reference) != service_reference_of(info.srv)) {
    set(decision, Kind::not_valid, {},
        "ServiceReference " + std::string(view(request.service_reference)) + " does not fit " +
            info.srv);
    return false;
  }
  return true;
}

void ask_for_user(const dcc_request& request, Facts& facts, Decision& decision) {
  ask_ahead(request, facts);
  if (++facts.rounds > kMaxRounds) {
    return set(decision, Kind::failed, {}, "the User was asked for and not answered");
  }
  set(decision, Kind::asks, {}, {});
}

// True: the originator is an active User, whose role is the request's now.
bool is_active_user(dcc_request& request, Facts& facts, Decision& decision) {
  Fact* const user = facts.find(kUserFact, eui_key(request.originator));
  if (user == nullptr || user->state == Fact::State::asked) {
    ask_for_user(request, facts, decision);
    return false;
  }
  user->used = true;
  if (user->state == Fact::State::unavailable) {
    set(decision, Kind::unavailable, {}, user->kind + " '" + user->key + "': " + user->why);
    return false;
  }
  if (user->state == Fact::State::not_there) {
    set(decision, Kind::answered, "E1", "unknown User ID");
    return false;
  }
  const auto role = user->value("role");
  const auto status = user->value("status");
  if (!role || role->empty() || !status || status->empty()) {
    set(decision, Kind::failed, {},
        "the host's fact " + user->kind + " '" + user->key + "' lacks role or status");
    return false;
  }
  request.user_role = str(*role);
  if (*status == "Active") return true;
  set(decision, Kind::answered, "E3", "the User is " + std::string(*status));
  return false;
}

// Only the facts that this decision uses count as used.
void none_used(Facts& facts) {
  for (Fact& fact : facts.all()) fact.used = false;
}

}  // namespace

void ask_ahead(const dcc_request& request, Facts& facts) {
  facts.ask(kUserFact, eui_key(request.originator));
  const auto device = parse_eui64(item(request, "DeviceID").value_or(""));
  if (!device) return;
  facts.ask(kDeviceFact, eui_key(*device));
  if (const auto key = acts_key(request.originator, *device, request.received_at)) {
    facts.ask(kActsFact, *key);
  }
}

const Handler* decide(const HandlerTable& table, std::string_view endpoint, dcc_request& request,
                      Facts& facts, Decision& decision, Purpose purpose) noexcept try {
  none_used(facts);
  request.user_role = str("");
  const Handler* const handler = table.find(view(request.srv));
  if (handler == nullptr) {
    set(decision, Kind::no_handler, {}, "no handler for " + std::string(view(request.srv)));
    return nullptr;
  }
  if (!fits(handler->info(), endpoint, request, decision)) return nullptr;
  if (!is_active_user(request, facts, decision)) return nullptr;
  if (purpose == Purpose::trial) {
    handler->try_out(request, facts, decision);
  } else {
    handler->decide(request, facts, decision);
  }
  // A handler knows the User as a field of the request, and the host has decided by the fact.
  facts.find(kUserFact, eui_key(request.originator))->used = true;
  return handler;
} catch (...) {
  decision.kind = Kind::failed;
  decision.code.clear();
  decision.reason.clear();
  return nullptr;
}

}  // namespace dcc::host

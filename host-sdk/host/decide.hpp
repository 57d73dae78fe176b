// SPDX-License-Identifier: Apache-2.0
//
// One decision of a request, with all that every host has to check before it asks a handler: is
// there one, was the request sent to its endpoint, does it fit, and who is the User. Functions are
// safe from any number of threads, each with facts and a decision of its own, and never throw.
#pragma once

#include <concepts>
#include <string_view>

#include "dcc/plugin.h"
#include "host/handler.hpp"
#include "host/registry.hpp"

namespace dcc::host {

// Decides by what `facts` say; what is needed and not told is added to them as asked. In this
// order: no handler (501), E13, E12, not valid (body element, service reference: 400), E1, E3, and
// then what the handler of the SRV says. `endpoint`: "serviceD"; empty: not known, and not checked.
// `request`: verified by the caller; its user_role is set here, by the User's fact, which must
// outlive the use of it. Returns the handler that has decided; null: none was asked.
const Handler* decide(const HandlerTable& table, std::string_view endpoint, dcc_request& request,
                      Facts& facts, Decision& decision, Purpose purpose = Purpose::answer) noexcept;

// Asks what will be needed for most requests, so that one decision is enough: the originator's User
// and, of a request with a DeviceID, the device and the originator's relation to it, which is
// wanted even if nobody uses it: it tells later what other settings would have decided. decide()
// asks all of it if it has to ask for the User. Throws std::bad_alloc.
void ask_ahead(const dcc_request& request, Facts& facts);

// Nothing of what happened uses up the RequestID: the client chose the wrong URL.
inline constexpr std::string_view kWrongEndpoint = "E13";

// The loop of whoever has a source that may block: decides, has `answer(facts)` answer what is
// asked, and decides again. What `answer` throws comes out here.
template <std::invocable<Facts&> Answer>
const Handler* decide(const HandlerTable& table, std::string_view endpoint, dcc_request& request,
                      Facts& facts, Decision& decision, Answer answer,
                      Purpose purpose = Purpose::answer) {
  const Handler* handler = decide(table, endpoint, request, facts, decision, purpose);
  for (int round = 0; round < kMaxRounds && decision.kind == Decision::Kind::asks; ++round) {
    answer(facts);
    handler = decide(table, endpoint, request, facts, decision, purpose);
  }
  return handler;
}

}  // namespace dcc::host

// SPDX-License-Identifier: Apache-2.0
#include "foreign/decide.hpp"

#include "foreign/answer.hpp"
#include "foreign/message.hpp"
#include "host/decide.hpp"

namespace dcc::foreign {

std::string decide(const host::HandlerTable& table, const Json& json,
                   std::span<const std::string> fact_kinds, host::Purpose purpose) {
  Message message(json, fact_kinds);
  host::Decision decision;
  const auto not_told = [&](host::Facts& facts) {
    for (host::Fact& fact : facts.all()) {
      if (fact.state == host::Fact::State::asked) {
        fact.is_unavailable(std::string(*message.unavailable));
      }
    }
  };
  const host::Handler* const handler =
      message.unavailable ? host::decide(table, message.endpoint, message.request, message.facts,
                                         decision, not_told, purpose)
                          : host::decide(table, message.endpoint, message.request, message.facts,
                                         decision, purpose);
  return answer_text(message, decision, handler);
}

}  // namespace dcc::foreign

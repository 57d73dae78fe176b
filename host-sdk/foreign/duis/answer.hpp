// SPDX-License-Identifier: Apache-2.0
//
// The answers of dcc/duis.h as JSON. Pure; safe from any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "duis/credentials.hpp"
#include "duis/message.hpp"
#include "duis/verify.hpp"

namespace dcc::foreign {

// A request as dcch_decide() takes it, but for facts. BadInput: it would not.
std::string message_to_decide(const duis::Message& message, std::int64_t received_at,
                              std::int64_t deadline);

// To a message whose signature is accepted; BadInput likewise.
std::string request_answer(const duis::Message& message, const duis::Verdict& verdict,
                           std::int64_t received_at, std::int64_t deadline);
std::string response_answer(const duis::Message& message, const duis::Verdict& verdict);

// To one that is refused; `kind`: "not_valid" or "signature".
std::string refusal_answer(std::string_view kind, std::string_view reason,
                           const std::optional<duis::RequestId>& id);

// To a reload. `signer`: null if nothing is signed.
std::string reload_answer(std::size_t certificates, const std::vector<std::string>& problems,
                          const duis::Certificate* signer);

}  // namespace dcc::foreign

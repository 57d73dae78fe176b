// SPDX-License-Identifier: Apache-2.0
//
// A decision as dcch_decide() answers it. Pure; safe from any thread.
#pragma once

#include <string>

#include "foreign/message.hpp"
#include "host/handler.hpp"

namespace dcc::foreign {

// `handler`: that has decided; null: no plugin was asked.
std::string answer_text(const Message& message, const host::Decision& decision,
                        const host::Handler* handler);

}  // namespace dcc::foreign

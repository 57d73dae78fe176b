// SPDX-License-Identifier: Apache-2.0
//
// What is checked of a Service Request's header beyond its schema. Pure; safe from any thread.
#pragma once

#include <string>

#include "adaptor/schema_versions.hpp"
#include "duis/message.hpp"

namespace dcc::adaptor {

// Why a message is no request that an adaptor takes; empty: nothing is wrong. `control_broker`: the
// DCC Access Control Broker, the target of every request.
std::string invalid_header(const duis::Message& message, const SchemaVersions& versions,
                           duis::Eui64 control_broker);

}  // namespace dcc::adaptor

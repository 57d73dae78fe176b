// SPDX-License-Identifier: Apache-2.0
#include "adaptor/header.hpp"

namespace dcc::adaptor {

std::string invalid_header(const duis::Message& message, const SchemaVersions& versions,
                           duis::Eui64 control_broker) {
  if (message.kind != duis::Message::Kind::request)
    return "a Response, where a Request is expected";
  if (!versions.accepts(message.schema_version))
    return "schemaVersion " + std::string(message.schema_version) + " is not accepted";
  if (message.request_id->counter == 0) return "the RequestID's counter is 0";
  if (message.request_id->target != control_broker)
    return "the RequestID's target is " + message.request_id->target.text() +
           ", not the DCC Access Control Broker " + control_broker.text();
  return {};
}

}  // namespace dcc::adaptor

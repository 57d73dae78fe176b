// SPDX-License-Identifier: Apache-2.0
//
// What the workers of a running adaptor share. Made once at start; the parts that change while it
// runs (credentials, handlers, the signing key) are replaced as a whole.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "adaptor/committer.hpp"
#include "adaptor/inquirer.hpp"
#include "adaptor/schema_versions.hpp"
#include "adaptor/store.hpp"
#include "duis/credentials.hpp"
#include "duis/schema.hpp"
#include "host/published.hpp"
#include "host/registry.hpp"

namespace dcc::adaptor {

struct Adaptor {
  std::shared_ptr<const duis::Schema> schema = duis::Schema::built_in();
  duis::Eui64 control_broker;      // the target of every request: the DCC Access Control Broker
  SchemaVersions schema_versions;  // of requests that are accepted
  bool bind_originator = false;    // only who the transport has verified may be the originator
  std::shared_ptr<host::Published<duis::Signer>> signer;  // null: nothing is signed

  host::Published<duis::Credentials> credentials;
  host::LiveHandlers registry;

  // The response of an outcome that was archived, from the archive; nothing: it is not at hand.
  // From any thread; may throw. May be empty.
  std::function<std::optional<std::string>(const RequestId& id, const Replay& before)>
      archived_response;

  // What went wrong inside, a line for the operator; from any thread; must not throw. May be empty.
  std::function<void(std::string_view line)> log_error;

  // Told of every outcome that is stored, with its request but without the response, after its
  // answer was handed on. In the committer's threads: must not wait, must not throw. May be empty.
  std::function<void(Outcome)> answered;

  // In this order: what uses the store stops before it closes. The inquirer is for a store that is
  // remote; null: each request asks for itself.
  std::unique_ptr<Store> store;
  std::unique_ptr<Inquirer> inquirer;
  std::unique_ptr<Committer> committer;
};

}  // namespace dcc::adaptor

// SPDX-License-Identifier: Apache-2.0
//
// What the workers of a running host share. Made once at start; the parts that change while it runs
// (credentials, handlers, the signing key) are replaced as a whole.
#pragma once

#include <memory>

#include "duis/credentials.hpp"
#include "duis/schema.hpp"
#include "host/published.hpp"
#include "host/registry.hpp"
#include "http/limits.hpp"
#include "services/schema_versions.hpp"
#include "store/committer.hpp"
#include "store/store.hpp"

namespace sample {

struct Shared {
  std::shared_ptr<const dcc::duis::Schema> schema;
  dcc::duis::Eui64 control_broker;
  SchemaVersions schema_versions;
  bool bind_originator = false;  // only who a client certificate names may be the originator
  std::shared_ptr<dcc::host::Published<dcc::duis::Signer>> signer;  // null: nothing is signed

  dcc::host::Published<dcc::duis::Credentials> credentials;
  dcc::host::Registry registry;

  const std::shared_ptr<WaitingRequests> waiting = std::make_shared<WaitingRequests>(0);

  // In this order: the committer stops before the store closes.
  std::unique_ptr<Store> store;
  std::unique_ptr<Committer> committer;
};

}  // namespace sample

// SPDX-License-Identifier: Apache-2.0
//
// An answered request, as it is kept. Plain values.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "duis/identifiers.hpp"
#include "host/facts.hpp"

namespace dcc::adaptor {

using duis::Eui64;
using duis::RequestId;

// The SRVs that return a Communications Hub.
inline constexpr std::array<std::string_view, 2> kReturnSrvs{"8.14.3", "8.14.4"};

// A leaf element of a request's body.
struct Item {
  std::string path;
  std::string value;
};

// An answered request, as it is stored before the answer leaves. Times: Unix milliseconds.
struct Outcome {
  RequestId request_id;
  std::string digest;  // SHA-256 of the canonical request, 32 octets: what was signed
  std::string srv;
  std::string role;                // empty: unknown User
  std::optional<Eui64> device_id;  // the body's DeviceID
  std::string code;
  std::string reason;
  std::int64_t received_at = 0;
  std::int64_t decided_at = 0;
  std::string handler;        // plugin id, version and build; empty: the host decided
  std::string settings_hash;  // of that plugin's settings
  std::string trace;          // the request's traceparent (W3C Trace Context); empty: it had none
  std::vector<Item> items;    // the body's, kept for accepted requests only
  std::string request;        // octets as received
  std::string response;       // octets as sent
  // All that was known when it was decided, each there or not there. It is decided the same way
  // again with these; what of them was used must still hold when it is stored.
  std::vector<host::Fact> facts;

  bool accepted() const { return code.starts_with('I'); }
};

// An outcome as read back, with its place in commit order.
struct StoredOutcome {
  std::string chain{};      // its name: store.hpp
  std::int64_t cursor = 0;  // strictly increasing in the chain's commit order
  bool accepted_return = false;
  bool repeated = false;  // an accepted return, and an earlier one of this hub was accepted, too
  std::string hash;       // of the record and, by the one before, of all before it: audit.hpp
  Outcome outcome;        // facts and items as stored; request and response only if asked for
  // What an old store kept in the place of facts, octet for octet; there are no facts then, and it
  // cannot be decided again.
  std::string basis;
};

// The end of a chain of the audit trail: audit.hpp.
struct AuditHead {
  std::int64_t cursor = 0;  // of the last outcome; 0: there is none
  std::string hash;         // its hash, 32 octets
  std::string signature;    // 64 octets, r and s, over audit_head_text(); empty: not signed
};

// Where a chain of the audit trail begins: behind what was archived.
struct AuditStart {
  std::int64_t cursor = 0;                   // of the last outcome that was archived; 0: none was
  std::string hash = std::string(32, '\0');  // its hash; of none, the origin
  std::string signature;                     // as a head's, over audit_start_text()
  // Outcomes up to this one had no hash when they were stored: they were given one when the store
  // was upgraded, which proves nothing of the time before. 0: none.
  std::int64_t hashed_later = 0;
};

// Signs audit_head_text() and audit_start_text(). Called by the thread that commits.
using SignHead = std::function<std::string(std::string_view text)>;

}  // namespace dcc::adaptor

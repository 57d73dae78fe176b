// SPDX-License-Identifier: Apache-2.0
//
// The chains of the audit trail. Each stored outcome carries a hash of all that it says and of the
// hash of the one before; the hash of the last, the head, is stored apart and signed with the
// host's key. So a record that is changed, removed, inserted or cut off does not go unnoticed; who
// noted a head elsewhere even notices a trail that was made anew with the key.
//
// Functions are safe from any thread; what they read may grow meanwhile.
#pragma once

#include <functional>
#include <optional>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adaptor/store.hpp"
#include "duis/crypto.hpp"

namespace dcc::adaptor {

// The hash before the first record's.
inline const std::string kAuditOrigin(32, '\0');

// Of all of a record but its own hash, and of the hash before it: SHA-256, 32 octets. Each field is
// preceded by its length, so that none can run into the next. A record with a basis (outcome.hpp)
// is hashed as it was then.
std::string audit_hash(std::string_view previous, const Record& record);

// The text that the signature of a head covers.
std::string audit_head_text(std::int64_t cursor, std::string_view hash);
// Likewise of where a trail begins.
std::string audit_start_text(std::int64_t cursor, std::string_view hash);

struct AuditCheck {
  std::optional<duis::PublicKey> key;  // the heads must be signed with it
  std::string known_head;              // 32 octets that must be some record's hash; empty: none
  std::function<void(std::int64_t cursor)> progress;  // now and then; may be empty
};

struct ChainReport {
  std::string name;
  std::int64_t records = 0;
  AuditStart start;
  AuditHead head;
};

struct AuditReport {
  std::int64_t records = 0;           // of all chains
  std::vector<ChainReport> chains;    // one at least
  std::vector<std::string> findings;  // one line each; none: the trail is whole
  bool more_findings = false;         // than are listed
};

// Reads the whole trail, chain by chain. Throws StoreError if the store cannot be reached.
AuditReport verify_audit(Store& store, const AuditCheck& check);
// Likewise of some chains.
AuditReport verify_audit(std::span<Chain* const> chains, const AuditCheck& check);

// Every record as a line of JSON, with request, response and hash. Throws StoreError, or
// std::runtime_error if `out` fails.
void export_audit(Store& store, std::ostream& out,
                  const std::function<void(std::int64_t cursor)>& progress);

}  // namespace dcc::adaptor

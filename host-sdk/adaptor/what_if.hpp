// SPDX-License-Identifier: Apache-2.0
//
// What would have been answered? A stored outcome has all that its decision rested on, so it can be
// decided again: by another build, by other settings, or by the same to prove that it still is the
// same. Nothing is looked up, stored or sent.
#pragma once

#include <set>
#include <string>

#include "adaptor/store.hpp"
#include "duis/reader.hpp"
#include "duis/request_view.hpp"
#include "host/decide.hpp"

namespace dcc::adaptor {

// For one thread at a time; keeps its parser and buffers warm.
class WhatIf {
 public:
  // What a candidate says of one outcome.
  struct Verdict {
    // A response code of the DUIS schema; what is answered without one: "400", "500", "501", "503";
    // or kAsks.
    std::string answer;
    std::string reason;  // one line
    // Of kAsks: the kinds of the facts that it asks for and the record does not have.
    std::set<std::string, std::less<>> missing;
  };
  // The candidate cannot decide it by what the record has.
  static constexpr std::string_view kAsks = "asks";

  explicit WhatIf(const duis::Schema& schema) : reader_(schema) {}

  // Decides again what was decided, with its request as stored and the facts of then. The verdict
  // is good until the next call. Throws UnreadableOutcome, which names the record: its request is
  // not the one whose digest it has.
  const Verdict& decide(const StoredOutcome& stored, const host::HandlerTable& candidate);

 private:
  const duis::Message& read(const StoredOutcome& stored);

  duis::Reader reader_;
  duis::RequestView view_;
  host::Facts facts_;
  host::Decision decision_;
  Verdict verdict_;
};

// A return's role and the status of its hub, as its record has them, for tables and lists: "SNA",
// "Pending"; "-": the User is not known, or the request is about no device; "absent": the device
// was not in the inventory.
std::string role_of(const Outcome& outcome);
std::string device_status_of(const Outcome& outcome);

}  // namespace dcc::adaptor

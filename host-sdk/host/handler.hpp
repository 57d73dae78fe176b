// SPDX-License-Identifier: Apache-2.0
//
// A handler and what it answers: the C++ face of one decision. A plugin's handler and a host's own
// both look like this.
#pragma once

#include <cstdint>
#include <string>

#include "dcc/plugin.h"
#include "host/contract_limits.hpp"
#include "host/facts.hpp"

namespace dcc::host {

// What came of deciding once. Which facts it rested on is marked in the facts themselves.
struct Decision {
  enum class Kind {
    answered,     // `code` is a response code of the DUIS schema
    asks,         // for the facts that are `asked`: answer them, and decide again
    not_valid,    // local policy: 400, `reason` says why
    no_handler,   // nobody answers this SRV: 501; said by decide() of a table, decide.hpp
    unavailable,  // a fact could not be found out: 503
    failed,       // the handler failed, threw, set nothing, or asks without end: 500
  };

  Kind kind = Kind::failed;
  std::string code;
  std::string reason;  // for the log and the audit record; for the client only when not_valid
};

// What a decision is for: to answer a request, or only to know what it would be answered. A trial
// is in no count and never late.
enum class Purpose { answer, trial };

// One SRV's handler. Immutable; decide() is safe from any number of threads and never throws.
class Handler {
 public:
  struct Info {
    std::string srv;                     // "8.14.3"
    std::string endpoint;                // "serviceD"
    std::string body_element;            // "CHFFaultReturn"
    std::uint32_t command_variants = 0;  // bit n: variant n
    std::string owner;                   // plugin id, or "host" for a built-in handler
    std::string version;                 // of the plugin
    std::string build;
    std::string settings_hash;  // SHA-256 of the settings, hex; empty: none

    // As an outcome names who has decided it.
    std::string name() const { return owner + ' ' + version + ' ' + build; }
  };

  // What has come of its calls since it went live.
  struct Counts {
    std::uint64_t calls = 0;   // that have ended
    std::uint64_t failed = 0;  // of these: failed, threw, or set no outcome
    std::uint64_t late = 0;    // of these: ended after the request's deadline
    std::uint64_t inside = 0;  // that have not ended
  };

  virtual ~Handler() = default;
  virtual const Info& info() const = 0;
  // From any thread. A host's own handler need not count.
  virtual Counts counts() const { return {}; }
  // It is called no more: HostServices::give_up_after. From any thread.
  virtual bool is_withdrawn() const { return false; }
  // Decides by what `facts` say. It never blocks and never calls back: what it needs and is not
  // told is added to `facts` as asked. `decision` is overwritten; its memory is used again.
  virtual void decide(const dcc_request& request, Facts& facts,
                      Decision& decision) const noexcept = 0;
  // The same as a trial. A host's own handler, which need not count, decides no other way.
  virtual void try_out(const dcc_request& request, Facts& facts,
                       Decision& decision) const noexcept {
    decide(request, facts, decision);
  }
};

}  // namespace dcc::host

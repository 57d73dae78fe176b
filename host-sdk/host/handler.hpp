// SPDX-License-Identifier: Apache-2.0
//
// What the host asks a handler, what the handler may ask the host, and what it answers: the C++
// face of one decision. A plugin's handler (plugin.cpp) and a host's own both look like this.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "dcc/plugin.h"

namespace dcc::host {

// Everything that a decision rested on, as it was when it was looked up. The host commits the
// outcome only if all of it still holds, and else asks again.
struct ReadSet {
  // A device's revision, or nothing: it was not in the inventory.
  struct Device {
    std::uint64_t id = 0;
    std::optional<std::int64_t> revision;
    bool operator==(const Device&) const = default;
  };

  std::vector<Device> devices;
  // The one revision of orders and appointments, if either was looked at.
  std::optional<std::int64_t> relations;

  bool operator==(const ReadSet&) const = default;
};

// Thrown by Lookups when the store cannot answer; the request is answered 503.
struct Unavailable : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// The host's inventory and register of appointments as one decision sees them. The host author
// implements it over the store; an object serves one thread at a time. Functions throw Unavailable.
class Lookups {
 public:
  struct Device {
    std::string type;    // as the DUIS schema spells it
    std::string status;  // SMI status, likewise
    std::int64_t revision = 0;
  };
  struct Relation {
    bool holds = false;
    std::int64_t revision = 0;  // of orders and appointments as a whole
  };

  virtual ~Lookups() = default;
  virtual std::optional<Device> device(std::uint64_t device_id) = 0;
  // `at`: Unix time in milliseconds; appointments count on whole UTC days.
  virtual Relation acts_for_orderer(std::uint64_t agent_id, std::uint64_t device_id,
                                    std::int64_t at) = 0;
  virtual Relation acts_for_any(std::uint64_t agent_id, std::int64_t at) = 0;
};

// What came of asking a handler once.
struct Decision {
  enum class Kind {
    answered,     // `code` is a response code of the DUIS schema
    not_valid,    // local policy: 400, `reason` says why
    unavailable,  // a lookup could not be answered: 503
    failed,       // the handler failed, threw, or set nothing: 500
  };

  Kind kind = Kind::failed;
  std::string code;
  std::string reason;  // for the log and the audit record; for the client only when not_valid
  ReadSet read_set;
};

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
  virtual Decision decide(const dcc_request& request, Lookups& lookups) const noexcept = 0;
};

}  // namespace dcc::host

// SPDX-License-Identifier: Apache-2.0
//
// The host's admin interface: what is live, what was decided, and the order to reload, as JSON over
// a listener of its own that only this machine reaches. AdminApi is the interface without the
// listener; its functions are safe from any thread as far as the callbacks given to it are.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "admin/load_report.hpp"
#include "admin/rate_limit.hpp"
#include "host/registry.hpp"
#include "http/site.hpp"
#include "metrics/host_state.hpp"
#include "shadow/shadow.hpp"
#include "store/store.hpp"

namespace sample {

// HEAD is answered like GET.
//
// GET  /livez      200: the process runs
// GET  /readyz     200: requests are taken and answered; 503, with reasons: starting, draining, no
//                  usable store, no handler
// GET  /healthz    always 200, for people: {"status":"ok"|"degraded","reasons":[...],...}
// GET  /metrics    for Prometheus, in its text format
// GET  /plugins    the reports of the last reload
// GET  /handlers   the handlers that are live
// GET  /outcomes   ?after=RESUME|CURSOR&limit=N  every outcome, in commit order; 409: the store
//                  cannot go on from there, it was restored or that was archived
// GET  /outcomes   ?device=&originator=&code=&srv=&since=&until=&before=&limit=, any of them: the
//                  newest first; "next" is where to go on, as before=
// GET  /outcomes/CURSOR  one outcome, with both messages, as `audit --export` writes it; 404: it is
//                  not in the store
// GET  /devices/EUI  the device as the inventory has it, the Supplier that it was ordered for, and
//                  its outcomes, the newest first; with ?originator= those of this User, and
//                  whether it acts for that Supplier today
// GET  /shadow     what the candidates would have answered to the requests since the start
// GET  /users      ?after=EUI&limit=N  the register of Users
// GET  /audit      the head of the audit trail: to be noted elsewhere, for audit --head
// GET  /returns    ?after=RESUME|CURSOR&limit=N  accepted returns with their items, likewise
// POST /try        what the live handlers would answer to a request with the facts of the body, a
//                  message to dcch_decide() (dcc/host.h), as that answers: 200 whatever the
//                  outcome; 400 for what is no message, 429 if asked too often. Stores nothing,
//                  looks nothing up, is in no count
// POST /reload     200 with what is live, or 422 with the same if anything was refused
class AdminApi {
 public:
  struct Sources {
    const dcc::host::LiveHandlers& registry;
    Store& store;
    std::function<LoadReport()> last_report;
    std::function<LoadReport()> reload;
    // Does the store take what is to be committed?
    std::function<bool()> is_store_usable = [] { return true; };
    // How the host is, but for that.
    std::function<HostState()> state = [] { return HostState{}; };
    // What it has counted, and that, as text for Prometheus.
    std::function<std::string(const HostState&)> metrics = [](const HostState&) {
      return std::string();
    };
    // Null: there are no candidates.
    std::function<ShadowReport()> shadow{};
  };

  explicit AdminApi(Sources sources);

  Answer handle(std::string_view method, std::string_view target, std::string_view body = {}) const;

 private:
  HostState state() const;
  Answer live() const;
  Answer ready() const;
  Answer metrics() const;
  Answer health() const;
  Answer plugins() const;
  Answer handlers() const;
  Answer outcomes(std::string_view query) const;
  Answer record(std::string_view cursor) const;
  Answer device(std::string_view eui, std::string_view query) const;
  Answer users(std::string_view query) const;
  Answer shadow() const;
  Answer audit() const;
  Answer returns(std::string_view query) const;
  Answer try_out(std::string_view message) const;
  Answer reload() const;

  const Sources sources_;
  mutable RateLimit tries_;
};

// The listener's site. Refuses (403) what a web page could make a browser send: a request with an
// Origin, or whose Host is not a loopback name or address.
// `defer` runs a reload, which takes long, in another thread, so that /healthz keeps answering
// meanwhile.
using Defer = std::function<void(std::function<void()>)>;
std::unique_ptr<Site> make_admin_site(const AdminApi& api, Defer defer);

// The site of a listener for monitors: /metrics, /livez and /readyz of it, and nothing else.
std::unique_ptr<Site> make_metrics_site(const AdminApi& api);

}  // namespace sample

// SPDX-License-Identifier: Apache-2.0
//
// What the tests of the PostgreSQL store share: one server, a database of each test's own, and rows
// and outcomes as the SQLite store's tests have them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "store/postgresql/store.hpp"
#include "support/postgresql_server.hpp"
#include "unit/store/fixture.hpp"

namespace sample {

using dcc::adaptor::Ledger;
using dcc::host::Fact;

// Started when it is first needed.
inline support::PostgresqlServer& server() {
  static support::PostgresqlServer server;
  return server;
}

// A database with the schema, and a place for outcomes of the months that tests decide in.
class Database {
 public:
  explicit Database(support::PostgresqlServer& of = server())
      : server_(of), name_(of.make_database()) {
    init_postgresql_store(url());
    for (const char* month : {"1970-01-01", "2023-11-01", "2026-06-01"}) add_month(month);
  }

  void add_month(const std::string& first) const {
    session().run("CALL duis.add_month('" + first + "')");
  }

  std::string url() const { return server_.url(name_); }
  const std::string& name() const { return name_; }
  support::PostgresqlSession session() const { return support::PostgresqlSession(url()); }

  std::unique_ptr<Store> open(const std::string& host = "host-a") const {
    return open(url(), host);
  }
  static std::unique_ptr<Store> open(const std::string& url, const std::string& host) {
    PostgresqlOptions options;
    options.host = host;
    options.request_patience = std::chrono::seconds(20);  // for slow machines
    return open_postgresql_store(url, options);
  }

 private:
  support::PostgresqlServer& server_;
  const std::string name_;
};

inline void fill(Store& store) {
  support::import_rows(
      store, Table::users,
      {{kAgent, "SNA", "Active", "Agent"}, {kSupplier, "EIS", "Active", "Supplier"}});
  support::import_rows(store, Table::devices, {{kHub, "CHF", "Pending"}});
  support::import_rows(store, Table::orders, {{kHub, kSupplier}});
  support::import_rows(store, Table::appointments,
                       {{kAgent, kSupplier, "2026-01-01", "2026-12-31"}});
}

inline Fact ask(StoreReader& reader, std::string_view kind, std::string_view key) {
  Inquiry inquiry;
  inquiry.facts.ask(kind, key);
  reader.answer({&inquiry, 1});
  return inquiry.facts.all().front();
}

// An accepted return of the hub that rests on nothing.
inline Outcome outcome(std::uint64_t counter, Eui64 hub = kHub) {
  Outcome outcome;
  outcome.request_id = {kAgent, kBroker, counter};
  outcome.digest = std::string(32, '\x80');
  outcome.srv = "8.14.3";
  outcome.role = "SNA";
  outcome.device_id = hub;
  outcome.code = "I99";
  outcome.reason = "accepted";
  outcome.received_at = 1'700'000'000'000;
  outcome.decided_at = 1'700'000'000'001;
  outcome.handler = "ch-returns 1.0.0 abcdef";
  outcome.settings_hash = "0123";
  outcome.items = {{"DeviceID", hub.text()}};
  outcome.request = std::string("<request>\0</request>", 20);
  outcome.response = "<response/>" + std::to_string(counter);
  return outcome;
}

inline CommitResult commit(Ledger& ledger, const Outcome& outcome) {
  const Outcome* const one = &outcome;
  return ledger.commit({&one, 1}).at(0);
}

inline std::vector<StoredOutcome> all_of(Store& store) {
  std::vector<StoredOutcome> all;
  for (dcc::adaptor::Chain* const chain : store.chains()) {
    for (auto& one : chain->outcomes(Store::Which::all, 0, 100'000, true)) all.push_back(one);
  }
  return all;
}

}  // namespace sample

// SPDX-License-Identifier: Apache-2.0
//
// A store that another program has locked.
#include <sqlite3.h>

#include <thread>

#include "faulty_host.hpp"
#include "system/problem.hpp"

using namespace support;

namespace {

// Another program's connection to the host's store.
class Intruder {
 public:
  explicit Intruder(const std::filesystem::path& store) {
    REQUIRE(sqlite3_open_v2(store.c_str(), &db_, SQLITE_OPEN_READWRITE, nullptr) == SQLITE_OK);
    REQUIRE(sqlite3_busy_timeout(db_, 60'000) == SQLITE_OK);
  }
  ~Intruder() { sqlite3_close(db_); }
  Intruder(const Intruder&) = delete;
  Intruder& operator=(const Intruder&) = delete;

  void execute(const char* sql) {
    INFO(sql);
    REQUIRE(sqlite3_exec(db_, sql, nullptr, nullptr, nullptr) == SQLITE_OK);
  }

 private:
  sqlite3* db_ = nullptr;
};

}  // namespace

TEST_CASE("A store that stays locked is 503 and the RequestID stays unused") {
  HostFixture host;
  const auto fields = host.request("sna", "8.14.3", hub("Pending"));
  const std::string document = host.sign("sna", fields);
  Intruder intruder(host.store());
  intruder.execute("BEGIN IMMEDIATE");
  check_problem(host, host.post(document), 503);
  CHECK(host.get("/healthz").at("handlers").as_int64() == 2);
  intruder.execute("ROLLBACK");
  CHECK(host.outcomes().empty());
  CHECK(code_of(host.post(document)) == "I99");
}

TEST_CASE("What was answered before is answered while the store is locked") {
  HostFixture host;
  const std::string document = host.sign("eis", host.request("eis", "8.14.4", hub("Pending")));
  const std::string response = host.post(document).body;
  Intruder intruder(host.store());
  intruder.execute("BEGIN IMMEDIATE");
  CHECK(host.post(document).body == response);
}

TEST_CASE("A store that is locked for long refuses many at once and recovers by itself") {
  faults::FaultyHost host;
  host.start();
  std::vector<std::string> documents;
  for (int i = 0; i < 12; ++i) documents.push_back(host.good_request());
  std::vector<std::string> codes(documents.size());
  {
    Intruder intruder(host.store());
    intruder.execute("BEGIN EXCLUSIVE");
    std::vector<std::jthread> clients;  // ends before the lock does
    for (std::size_t i = 0; i < documents.size(); ++i) {
      clients.emplace_back([&, i, client = host.client()]() mutable {
        codes[i] = code_of(client.send("POST", "/api/v1/serviceD",
                                       {{"Content-Type", "application/xml"}}, documents[i]));
      });
    }
  }
  CHECK(codes == std::vector<std::string>(documents.size(), "503"));
  for (const auto& document : documents) CHECK(code_of(host.post(document)) == "I99");
  host.check_whole(documents.size());
}

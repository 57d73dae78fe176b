// SPDX-License-Identifier: Apache-2.0
//
// A host moves from its file to PostgreSQL, where a second one joins it, and back: what was
// answered is answered the same, the trail verifies on both sides, and readers are told.
#include <catch2/catch.hpp>
#include <filesystem>

#include "support/store_database.hpp"

using namespace support;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

struct Exchange {
  std::string user;
  dcc::duis::RequestFields fields;
  std::string document, response;
};

Exchange exchange(HostFixture& host, const std::string& user) {
  const auto fields = host.request(user, "8.14.3", hub("Pending"));
  const std::string document = host.sign(user, fields);
  return {user, fields, document, host.post(document).body};
}

Finished copy(const HostFixture& host, const std::string& from, const std::string& to,
              std::vector<std::string> more = {}) {
  std::vector<std::string> words{"copy-store", from, to, "--certificate",
                                 (host.directory() / "certificates" / "dcc.pem").string()};
  words.insert(words.end(), more.begin(), more.end());
  return run(sample_host_program(), words);
}

// What each chain ends with, by its name, from `audit --verify`, which finds nothing.
std::string heads(const HostFixture& host) {
  const Finished audit =
      run(sample_host_program(), {"audit", "--verify", "--config", host.configuration().string()});
  INFO(audit.out << audit.err);
  CHECK(audit.exit_code == 0);
  return audit.out;
}

void check_known(HostFixture& host, const std::vector<Exchange>& all) {
  for (const Exchange& one : all) {
    CHECK(host.post(one.document).body == one.response);
    auto other = one.fields;
    other.items.front().second = hub("Commissioned");
    CHECK(host.answer(one.user, other) == "409");  // a used RequestID stays used
  }
}

}  // namespace

TEST_CASE("A store moves to PostgreSQL and back, and whoever asks again sees no difference",
          "[R16][R24]") {
  HostFixture file;
  std::vector<Exchange> all;
  for (const std::string user : {"sna", "eis", "unknown", "lonely", "sna"}) {
    all.push_back(exchange(file, user));
    REQUIRE_FALSE(all.back().response.empty());
  }
  PostgresqlServer server;
  const StoreDatabase database(server);
  const std::string store = file.store().string();

  const Finished running = copy(file, store, database.owner_url());
  CHECK(running.exit_code == 1);
  CHECK_THAT(running.err, Contains("others use it: stop the host first"));

  const std::string resume(file.get("/returns").at("resume").as_string());
  file.stop();
  const Finished there = copy(file, "sqlite:" + store, database.owner_url());
  INFO(there.out << there.err);
  REQUIRE(there.exit_code == 0);
  CHECK_THAT(there.out, Contains("ok    chain file.0, the only one of FROM: 5 records, head ") &&
                            Contains(", signed") && Contains("ok    users: ") &&
                            Contains("TO was read back and is the same; ") &&
                            Contains(" records and rows a second"));
  CHECK(database.integrity() == "ok");
  CHECK_THAT(copy(file, store, database.owner_url()).err, Contains("is not empty, table users"));

  std::string later;
  {
    HostFixture a(database.options("host-a"), file), b(database.options("host-b"), file);
    a.start();
    b.start();
    CHECK_THAT(heads(a),
               Contains("chain file.0: 5 records read; record 5, head ") && Contains(", signed"));
    check_known(a, all);
    check_known(b, all);
    const HttpReply refused = a.admin("GET", "/returns?after=" + resume);
    CHECK(refused.status == 409);
    CHECK_THAT(refused.body, Contains("another store") && Contains("after=0"));
    // The place is the same; only the chain has a name now.
    CHECK(a.get("/returns?after=file.0:1").at("returns").as_array().size() == 2);
    all.push_back(exchange(a, "sna"));
    all.push_back(exchange(b, "sna"));
    for (const auto& row : a.returns())
      CHECK(row.at("repeated").as_bool() ==
            (row.at("request_id").as_string() != all[0].fields.request_id));
    later = a.get("/outcomes?limit=1000").at("resume").as_string();

    const Finished used = copy(file, database.owner_url(), file.store().string() + ".new");
    CHECK(used.exit_code == 1);
    CHECK_THAT(used.err, Contains("hosts are connected: a_host (host-a), a_host (host-b)"));
    CHECK_FALSE(fs::exists(store + ".new"));
    a.stop();
    b.stop();
  }

  // Back into the same place, where the old file is kept.
  fs::rename(file.store(), store + ".old");
  for (const char* suffix : {"-wal", "-shm", "-stopped"}) fs::remove(store + suffix);
  const Finished back = copy(file, database.owner_url(), store);
  INFO(back.out << back.err);
  REQUIRE(back.exit_code == 0);
  CHECK_THAT(back.out, Contains("ok    chain file.0: 5 records, head ") &&
                           Contains("ok    chain host-a.") && Contains("ok    chain host-b."));
  file.start();
  check_known(file, all);
  CHECK(file.admin("GET", "/outcomes?after=" + later).status == 409);
  CHECK(file.outcomes().size() == 7);
  const Exchange last = exchange(file, "sna");
  CHECK(code_of(file.post(last.document)) == "I99");
  CHECK_THAT(heads(file), Contains("chain file.0: 6 records read") && Contains("chain host-a.") &&
                              Contains("chain host-b."));
  CHECK(file.get("/outcomes?device=" + hub("Pending"))
            .at("outcomes")
            .as_array()
            .front()
            .at("request_id")
            .as_string() == last.fields.request_id);
  file.stop();
}

TEST_CASE("copy-store says how it is used, and refuses what it cannot do", "[R26]") {
  const Finished help = run(sample_host_program(), {"copy-store", "--help"});
  CHECK(help.exit_code == 0);
  CHECK_THAT(help.out, Contains("FROM") && Contains("TO") && Contains("--certificate") &&
                           Contains("--chain") && Contains("--beside-hosts"));
  CHECK(run(sample_host_program(), {"copy-store", "one"}).exit_code == 2);
  const TempDirectory directory;
  const auto file = (directory.path() / "a.db").string();
  const Finished absent = run(sample_host_program(), {"copy-store", file, file + "2"});
  CHECK(absent.exit_code == 1);
  CHECK_THAT(absent.err, Contains("a.db: there is no such file"));
  const Finished nowhere = run(
      sample_host_program(), {"copy-store", "postgresql:///x?host=/nowhere&password=secret", file});
  CHECK(nowhere.exit_code == 1);
  CHECK_THAT(nowhere.err, Contains("/nowhere") && !Contains("secret"));
}

// SPDX-License-Identifier: Apache-2.0
//
// A PostgreSQL server that dies, hangs, or takes no more: hosts answer 503 and say why, keep what
// they have promised, and go on by themselves when it is well again.
#include <pwd.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <deque>
#include <functional>

#include "judge.hpp"
#include "load.hpp"
#include "postgresql_view.hpp"
#include "small_disk.hpp"

using namespace support;
using namespace faults;
using Catch::Matchers::Contains;

namespace {

const std::string kPassword(StoreDatabase::kPassword);

std::string good_request(HostFixture& host) {
  return host.sign("sna", host.request("sna", "8.14.3", hub("Pending")));
}

// 503 with nothing of the server in it.
void check_refused(HostFixture& host, const std::string& document) {
  const auto reply = host.post(document);
  CHECK(reply.status == 503);
  CHECK(reply.field("retry-after") == "1");
  CHECK_THAT(reply.body, !Contains("postgresql") && !Contains(kPassword));
}

// A client that sends again until it is answered.
HttpReply insist(HostFixture& host, const std::string& document) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  for (;;) {
    auto reply = host.post(document);
    if (reply.status != 503 || std::chrono::steady_clock::now() > deadline) return reply;
  }
}

// A commit that succeeded just now keeps it ready for a second.
bool becomes_unready(HostFixture& host) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < deadline) {
    if (host.admin("GET", "/readyz").status == 503) return true;
  }
  return false;
}

void check_audit(const HostFixture& host) {
  const Finished audit =
      run(sample_host_program(), {"audit", "--verify", "--config", host.configuration().string()});
  INFO(audit.out << audit.err);
  CHECK(audit.exit_code == 0);
}

// Between `begin` and `end` both hosts refuse what is new and one says `said`; then all is well.
void check_outage(TwoHosts& hosts, const std::string& said, const std::function<void()>& begin,
                  const std::function<void()>& end) {
  HostFixture& a = hosts.a;
  HostFixture& b = hosts.b;
  const auto before = a.returns().size();
  const std::string known = good_request(a);
  const std::string response = a.post(known).body;
  const std::string first = good_request(a), second = good_request(a);
  begin();
  check_refused(a, first);
  check_refused(b, second);
  check_refused(b, first);
  CHECK(a.admin("GET", "/healthz").status == 200);
  CHECK(becomes_unready(a));
  CHECK_THAT(a.process().wait_for_line(said), Contains("postgresql://a_host@"));
  CHECK_THAT(a.process().err(), !Contains(kPassword));
  end();
  const auto answer = insist(a, first);
  CHECK(code_of(answer) == "I99");
  CHECK(insist(b, first).body == answer.body);
  CHECK(code_of(insist(b, second)) == "I99");
  CHECK(insist(a, known).body == response);
  CHECK(b.post(known).body == response);
  CHECK(a.returns().size() == before + 3);
  CHECK(b.returns() == a.returns());
  CHECK(hosts.database.integrity() == "ok");
  check_audit(a);
}

// Sessions of the hosts: they connect anew, if they may.
void end_sessions(const TwoHosts& hosts) {
  hosts.database.session().run(
      "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE usename = 'a_host'");
}

}  // namespace

TEST_CASE(
    "PostgreSQL killed, and frozen, under load - nothing is lost, hosts go on by themselves") {
  TwoHosts hosts;
  Ledger ledger;
  std::mt19937_64 random(1);
  Checks checks;
  Judge judge(
      {&hosts.a, &hosts.b}, [&] { return std::make_unique<PostgresqlView>(hosts.database); },
      ledger, random, checks);
  {
    const Load a(hosts.a, ledger, 3, 1), b(hosts.b, ledger, 3, 2);
    for (const bool is_frozen : {false, true, false, true}) {
      REQUIRE(ledger.await_answers(40));
      is_frozen ? hosts.server.freeze() : hosts.server.kill();
      for (HostFixture* host : {&hosts.a, &hosts.b}) {
        // In the ledger, too: what a server was sent before it froze it may do later.
        const auto fields = host->request("sna", "8.14.3", hub("Pending"));
        check_refused(
            *host, ledger.ask({fields.request_id, host->sign("sna", fields), "I99", {}}).document);
      }
      is_frozen ? hosts.server.thaw() : hosts.server.start();
      REQUIRE(ledger.await_answers(40));
    }
  }
  CHECK(ledger.counts().refused.at(503) > 0);
  judge.after_restart();
  judge.at_the_end();
  for (const auto& violation : ledger.violations()) FAIL_CHECK(violation);
  CHECK_THAT(hosts.a.process().err(), !Contains(kPassword));
}

TEST_CASE("PostgreSQL frozen - 503 instead of a hang, and on when it thaws") {
  TwoHosts hosts;
  check_outage(
      hosts, "postgresql://", [&] { hosts.server.freeze(); },
      [&] {
        // No time limit of the product's is missed by so much on any machine.
        const auto begin = std::chrono::steady_clock::now();
        check_refused(hosts.a, good_request(hosts.a));
        CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(20));
        hosts.server.thaw();
      });
}

TEST_CASE("PostgreSQL out of connections - 503, named, and on when there are some") {
  TwoHosts hosts(1, {"max_connections=20"});
  const std::string url = hosts.database.options("other").database->import_url;
  std::deque<PostgresqlSession> others;
  check_outage(
      hosts, "connection slots",
      [&] {
        end_sessions(hosts);
        CHECK_THROWS_WITH(
            [&] {
              for (;;) others.emplace_back(url);
            }(),
            Contains("connection slots"));
      },
      [&] { others.clear(); });
}

TEST_CASE("PostgreSQL read-only - 503, named, and on when it takes writes") {
  TwoHosts hosts;
  SECTION("the server, while sessions last") {
    const auto set = [&](const std::string& statement) {
      PostgresqlSession session(hosts.database.owner_url());
      session.run("SET default_transaction_read_only = off");
      session.run(statement);
      session.run("SELECT pg_reload_conf()");
    };
    check_outage(
        hosts, "read-only", [&] { set("ALTER SYSTEM SET default_transaction_read_only = on"); },
        [&] { set("ALTER SYSTEM RESET default_transaction_read_only"); });
  }
  SECTION("the database, for new sessions") {
    const auto alter = [&](const std::string& what) {
      PostgresqlSession(hosts.server.url("postgres"))
          .run("ALTER DATABASE " + hosts.database.name() + what);
    };
    check_outage(
        hosts, "read-only",
        [&] {
          alter(" SET default_transaction_read_only = on");
          end_sessions(hosts);
        },
        [&] { alter(" RESET default_transaction_read_only"); });
  }
}

TEST_CASE("PostgreSQL out of disk - 503, named, and on when there is room") {
  const passwd* const user = ::getpwnam("postgres");
  const TempDirectory directory;
  const auto mount_point = directory.path() / "small";
  std::filesystem::create_directory(mount_point);
  const auto disk = ::geteuid() == 0 ? SmallDisk::mount(mount_point) : nullptr;
  if (!disk) {
    WARN("not run: this process may not mount a file system of its own");
    return;
  }
  for (const auto& path : {directory.path(), mount_point}) {
    REQUIRE(::chown(path.c_str(), user->pw_uid, user->pw_gid) == 0);
  }
  PostgresqlServer server;
  PostgresqlSession(server.url("postgres"))
      .run("CREATE TABLESPACE small LOCATION '" + mount_point.string() + "'");
  const StoreDatabase database(server, "ALTER DATABASE @ SET default_tablespace = small");
  HostFixture host(database.options("host-a"));
  host.start();
  const std::string known = good_request(host);
  const std::string response = host.post(known).body;
  disk->fill();
  // Files have some room in them.
  std::size_t stored = 1;
  std::string last;
  for (;;) {
    last = good_request(host);
    const auto reply = host.post(last);
    if (reply.status == 503) break;
    REQUIRE(code_of(reply) == "I99");
    ++stored;
    REQUIRE(stored < 10'000);
  }
  const std::string line = host.process().wait_for_line("a commit failed");
  CHECK_THAT(line, Contains("No space left on device") && Contains("postgresql://a_host@"));
  CHECK_THAT(host.process().err(), !Contains(kPassword));
  CHECK(host.post(known).body == response);
  check_refused(host, last);
  disk->make_room();
  CHECK(code_of(insist(host, last)) == "I99");
  CHECK(host.returns().size() == stored + 1);
  CHECK(database.integrity() == "ok");
  check_audit(host);
  host.stop();
  server.stop();
}

// SPDX-License-Identifier: Apache-2.0
//
// Commits that meet others, and commits that are cut off: what is answered is what is stored.
#include <algorithm>
#include <atomic>
#include <future>

#include "adaptor/audit.hpp"
#include "fixture.hpp"
#include "proxy.hpp"

using namespace sample;
using Catch::Contains;

namespace {

// Does something between a commit's two round trips, once.
class Between {
 public:
  void operator()(std::function<void()> what) { what_ = std::move(what); }
  SignHead sign() {
    return [this](std::string_view) {
      if (what_) std::exchange(what_, {})();
      return std::string();
    };
  }

 private:
  std::function<void()> what_;
};

Outcome rejected(std::uint64_t counter) {
  Outcome made = outcome(counter);
  made.code = "E5";
  return made;
}

std::string url_through(const Proxy& proxy, const Database& database) {
  return "postgresql:///" + database.name() + "?user=postgres&host=" + proxy.directory().string() +
         "&port=" + std::to_string(server().port());
}

std::filesystem::path socket_of(const support::PostgresqlServer& of) {
  return of.socket_directory() / (".s.PGSQL." + std::to_string(of.port()));
}

void check_whole(Store& store, std::int64_t records) {
  const auto report = dcc::adaptor::verify_audit(store, {});
  CHECK(report.findings == std::vector<std::string>{});
  CHECK(std::ssize(all_of(store)) == records);
}

// Until that many sessions of the database wait for the same as `condition` says.
void wait_for_waiting(support::PostgresqlSession& session, const std::string& condition,
                      std::size_t count) {
  const auto give_up_at = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (session
             .run("SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND " +
                  condition)
             .size() != count) {
    REQUIRE(std::chrono::steady_clock::now() < give_up_at);
  }
}

}  // namespace

TEST_CASE("a RequestID that two hosts commit at once is stored by one of them") {
  const Database database;
  const auto one = database.open("host-a"), other = database.open("host-b");
  Between between;
  Ledger ledger(*one, between.sign()), faster(*other);
  between([&] { CHECK(commit(faster, rejected(1)) == CommitResult::committed); });
  CHECK(commit(ledger, rejected(1)) == CommitResult::duplicate);
  CHECK(commit(ledger, rejected(2)) == CommitResult::committed);
  check_whole(*one, 2);
  std::vector<std::string> names;
  for (auto* const chain : one->chains()) names.push_back(chain->name());
  CHECK(names == std::vector<std::string>{"host-a.0", "host-b.0"});
  CHECK(one->chains() == one->chains());
}

TEST_CASE("two hosts that return one hub at once see each other") {
  const Database database;
  const auto one = database.open("host-a"), other = database.open("host-b");
  Between between;
  Ledger ledger(*one, between.sign()), second(*other);
  std::future<CommitResult> waiting;
  between([&] {
    waiting = std::async(std::launch::async, [&] { return commit(second, outcome(2)); });
    auto session = database.session();
    wait_for_waiting(session, "wait_event = 'advisory'", 1);
  });
  CHECK(commit(ledger, outcome(1)) == CommitResult::committed);
  CHECK(waiting.get() == CommitResult::committed);
  std::string repeated;
  for (const auto& stored : all_of(*one)) {
    repeated += stored.chain + (stored.repeated ? " again " : " first ");
  }
  CHECK(repeated == "host-a.0 first host-b.0 again ");
}

TEST_CASE("lanes of a host commit to chains of their own") {
  const Database database;
  const auto store = database.open();
  CHECK(store->lanes() == 4);
  const auto begin_and_commit = [&](std::size_t lane) {
    const auto writer = store->writer(lane);
    CHECK(writer->begin({}, {}).cursor == 0);
    writer->commit({}, {});
  };
  begin_and_commit(0);
  begin_and_commit(3);
  CHECK(store->chains().size() == 2);
  CHECK(store->chains().back()->name() == "host-a.3");
}

TEST_CASE("a lane stops when another process commits to its chain") {
  const Database database;
  const auto one = database.open("host-a"), other = database.open("host-a");
  Ledger first(*one), second(*other);
  CHECK(commit(second, rejected(1)) == CommitResult::committed);
  for (int i = 0; i < 2; ++i) {
    CHECK_THROWS_WITH(commit(first, rejected(2)),
                      Contains("another host commits to chain host-a.0") &&
                          Contains("is [store] host the same on two machines?"));
  }
  CHECK_THROWS_WITH(first.check(), Contains("another host commits to chain host-a.0"));
  CHECK(commit(second, rejected(3)) == CommitResult::committed);
  check_whole(*one, 2);
}

TEST_CASE("a commit that is cut off is answered as it is stored") {
  for (const auto cut :
       {Proxy::Cut::before_server, Proxy::Cut::unanswered, Proxy::Cut::after_answer}) {
    CAPTURE(static_cast<int>(cut));
    const Database database;
    Proxy proxy(socket_of(server()));
    const auto store = Database::open(url_through(proxy, database), "host-a");
    const auto direct = database.open("host-b");
    Between between;
    Ledger ledger(*store, between.sign());
    CHECK(commit(ledger, outcome(1)) == CommitResult::committed);
    between([&] { proxy.cut_next(cut); });
    // What was not stored is stored when the ledger takes it again.
    CHECK(commit(ledger, outcome(2)) == CommitResult::committed);
    CHECK(all_of(*direct).size() == 2);
    CHECK(commit(ledger, outcome(2)) == CommitResult::duplicate);
    CHECK(commit(ledger, outcome(3)) == CommitResult::committed);
    check_whole(*direct, 3);
  }
}

TEST_CASE("a commit that is cut off while the server is at it is waited for") {
  const Database database;
  Proxy proxy(socket_of(server()));
  const auto store = Database::open(url_through(proxy, database), "host-a");
  Between between;
  Ledger ledger(*store, between.sign());
  auto blocking = database.session();
  std::future<void> release;
  between([&] {
    blocking.run("BEGIN; LOCK TABLE duis.request_ids IN EXCLUSIVE MODE");
    proxy.cut_next(Proxy::Cut::unanswered);
    release = std::async(std::launch::async, [&] {
      // The commit waits for the table, and the connection after it for the commit.
      auto session = database.session();
      wait_for_waiting(session, "wait_event_type = 'Lock'", 2);
      blocking.run("COMMIT");
    });
  });
  CHECK(commit(ledger, outcome(1)) == CommitResult::committed);
  release.get();
  check_whole(*database.open("host-b"), 1);
}

TEST_CASE("a commit whose end nobody can tell is failed, and found out by the next one") {
  const Database database;
  Proxy proxy(socket_of(server()));
  PostgresqlOptions options;
  options.host = "host-a";
  options.request_patience = std::chrono::seconds(3);
  const auto store = open_postgresql_store(url_through(proxy, database), options);
  Between between;
  Ledger ledger(*store, between.sign());
  between([&] {
    proxy.turn_away(true);
    proxy.cut_next(Proxy::Cut::after_answer);
  });
  CHECK_THROWS_WITH(commit(ledger, outcome(1)),
                    Contains("whether the last batch was stored is not known yet"));
  CHECK_THROWS_AS(commit(ledger, outcome(1)), StoreError);
  Inquiry inquiry{.request_id = {kAgent, kBroker, 1}};
  CHECK_THROWS_AS(store->reader()->answer({&inquiry, 1}), StoreError);
  CHECK_THROWS_AS(ledger.check(), StoreError);
  proxy.turn_away(false);
  CHECK(commit(ledger, outcome(2)) == CommitResult::committed);
  CHECK(commit(ledger, outcome(1)) == CommitResult::duplicate);
  check_whole(*database.open("host-b"), 2);
}

TEST_CASE("a writer whose session the server ends between the two round trips begins again") {
  const Database database;
  const auto store = database.open();
  Between between;
  Ledger ledger(*store, between.sign());
  between([&] {
    database.session().run(
        "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity"
        " WHERE datname = current_database() AND state = 'idle in transaction'");
  });
  CHECK(commit(ledger, outcome(1)) == CommitResult::committed);
  check_whole(*store, 1);
}

TEST_CASE("a lock that is not to be had in time stores nothing") {
  const Database database;
  PostgresqlOptions options;
  options.host = "host-a";
  options.request_patience = std::chrono::seconds(3);
  const auto store = open_postgresql_store(database.url(), options);
  Ledger ledger(*store);
  auto blocking = database.session();
  blocking.run("BEGIN; UPDATE duis.devices SET status = 'x'");
  CHECK_THROWS_AS(commit(ledger, outcome(1)), StoreError);
  blocking.run("COMMIT");
  CHECK(commit(ledger, outcome(1)) == CommitResult::committed);
  check_whole(*store, 1);
}

TEST_CASE("a commit that no standby has confirmed is not believed until one has") {
  support::PostgresqlServer of;
  const Database database(of);
  const auto store = database.open();
  Between between;
  Ledger ledger(*store, between.sign());
  auto session = database.session();
  std::future<void> operators;
  between([&] {
    session.run("ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
    session.run("SELECT pg_reload_conf()");
    while (session.value("SHOW synchronous_standby_names").empty()) continue;
    operators = std::async(std::launch::async, [&] {
      wait_for_waiting(session, "wait_event = 'SyncRep'", 1);
      const std::string pid =
          session.value("SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'");
      session.run("SELECT pg_cancel_backend(" + pid + ")");
      // The barrier of another connection waits now.
      wait_for_waiting(session, "wait_event = 'SyncRep' AND pid <> " + pid, 1);
      session.run("ALTER SYSTEM RESET synchronous_standby_names");
      session.run("SELECT pg_reload_conf()");
    });
  });
  CHECK(commit(ledger, outcome(1)) == CommitResult::committed);
  operators.get();
  check_whole(*store, 1);
}

TEST_CASE("a server that is killed has all that was acknowledged, and is used again") {
  support::PostgresqlServer of;
  const Database database(of);
  const auto store = database.open();
  const auto reader = store->reader();
  Ledger ledger(*store);
  std::uint64_t counter = 0;
  std::vector<std::uint64_t> acknowledged;
  for (int kill = 0; kill < 3; ++kill) {
    std::promise<void> some;
    std::atomic<bool> done = false;
    auto committing = std::async(std::launch::async, [&] {
      for (int batches = 0; !done; ++batches) {
        if (batches == 5) some.set_value();
        try {
          if (commit(ledger, outcome(++counter)) == CommitResult::committed) {
            acknowledged.push_back(counter);
          }
        } catch (const StoreError&) {
          // Nobody was told that it is stored.
        }
      }
    });
    some.get_future().wait();
    of.kill();
    of.start();
    done = true;
    committing.get();
    acknowledged.push_back(++counter);
    CHECK(commit(ledger, outcome(counter)) == CommitResult::committed);
    std::vector<Inquiry> inquiries;
    for (const std::uint64_t one : acknowledged) {
      inquiries.push_back({.request_id = {kAgent, kBroker, one}});
    }
    reader->answer(inquiries);
    const auto is_stored = [](const Inquiry& inquiry) { return inquiry.before.has_value(); };
    CHECK(std::ranges::all_of(inquiries, is_stored));
    check_whole(*store, std::ssize(all_of(*store)));
  }
  CHECK(acknowledged.size() > 15);
}

TEST_CASE("a server that is frozen is an error in time") {
  support::PostgresqlServer of;
  const Database database(of);
  PostgresqlOptions options;
  options.host = "host-a";
  options.request_patience = std::chrono::seconds(2);
  const auto store = open_postgresql_store(database.url(), options);
  const auto reader = store->reader();
  Ledger ledger(*store);
  Inquiry inquiry{.request_id = {kAgent, kBroker, 1}};
  reader->answer({&inquiry, 1});
  of.freeze();
  CHECK_THROWS_WITH(reader->answer({&inquiry, 1}), Contains("does not answer in time"));
  CHECK_THROWS_AS(commit(ledger, outcome(1)), StoreError);
  CHECK_THROWS_AS(store->chains(), StoreError);
  of.thaw();
  reader->answer({&inquiry, 1});
  CHECK(commit(ledger, outcome(1)) == CommitResult::committed);
  check_whole(*store, 1);
}

// SPDX-License-Identifier: Apache-2.0
//
// A store that is copied from SQLite to PostgreSQL and back: nothing of what it holds is lost or
// changed, as sqlite3 and SQL of one's own see it; what cannot be copied is refused by name, and
// nothing is touched.
#include <chrono>
#include <map>
#include <set>

#include "adaptor/audit.hpp"
#include "adaptor/outcome_json.hpp"
#include "adaptor/place.hpp"
#include "adaptor/retention.hpp"
#include "archive/archiver.hpp"
#include "archive/lookup.hpp"
#include "archive/month.hpp"
#include "fixture.hpp"
#include "stores/copy.hpp"
#include "stores/stores.hpp"
#include "support/process.hpp"
#include "unit/store/test_key.hpp"

using namespace sample;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

using Row = support::PostgresqlSession::Row;

std::string url_of(const fs::path& file) {
  return "sqlite:" + file.string();
}

// All that a SQLite store holds but for its identity, as its own tool writes it.
std::string dump(const fs::path& file) {
  std::string all;
  for (const char* table : {"users", "devices", "orders", "appointments", "outcomes", "audit_head",
                            "audit_start", "remembered", "forgotten", "returned", "moved_chains"}) {
    const auto rows = support::run(
        "sqlite3",
        {"-quote", file.string(), std::string("SELECT * FROM ") + table + " ORDER BY 1"});
    REQUIRE(rows.err == "");
    all.append(table).append(":\n").append(rows.out);
  }
  const auto relations =
      support::run("sqlite3", {file.string(),
                               "SELECT * FROM meta WHERE name IN"
                               " ('relations_revision', 'hashed_later') ORDER BY 1"});
  return all + relations.out;
}

// All that a database holds but for its identity and the numbers that it gives chains.
std::vector<Row> dump(const Database& database) {
  auto session = database.session();
  std::vector<Row> all;
  for (const char* const query :
       {"SELECT 'users', * FROM duis.users ORDER BY 2",
        "SELECT 'devices', device_id, revision, type, status FROM duis.devices ORDER BY 2",
        "SELECT 'orders', * FROM duis.orders ORDER BY 2",
        "SELECT 'appointments', * FROM duis.appointments ORDER BY 2, 3, 4",
        "SELECT 'revisions', * FROM duis.revisions ORDER BY 2",
        "SELECT 'chain', host, lane, seq, hash, signature FROM duis.chains WHERE seq > 0"
        " ORDER BY host, lane",
        "SELECT 'request id', host, lane, r.seq, originator, target, counter, month, digest"
        " FROM duis.request_ids r JOIN duis.chains USING (chain) ORDER BY 2, 3, 4",
        "SELECT 'return', device_id, host, lane, r.seq FROM duis.returns r"
        " JOIN duis.chains USING (chain) ORDER BY 2",
        "SELECT 'outcome', host, lane, o.seq, originator, target, counter, device_id,"
        " received_at, decided_at, month, repeated, accepted_return, digest, o.hash, srv, role,"
        " code, reason, handler, settings_hash, trace, items, facts, request, response"
        " FROM duis.outcomes o JOIN duis.chains USING (chain) ORDER BY 2, 3, 4"}) {
    for (Row& row : session.run(query)) all.push_back(std::move(row));
  }
  return all;
}

// Hashes by what the audit says of each chain.
std::vector<std::string> heads(const std::string& url) {
  const auto store = open_store(url);
  const auto report = dcc::adaptor::verify_audit(*store, {});
  CHECK(report.findings == std::vector<std::string>{});
  std::vector<std::string> all;
  for (const auto& chain : report.chains) {
    if (chain.head.cursor == 0) continue;
    all.push_back(chain.name + " " + std::to_string(chain.records) + " " +
                  dcc::adaptor::hex(chain.head.hash));
  }
  return all;
}

// Of every kind that there is, some of them odd.
std::vector<Outcome> odd_outcomes(std::uint64_t first) {
  std::vector<Outcome> all;
  for (std::uint64_t i = 0; i < 4; ++i)
    all.push_back(outcome(first + i, i % 2 == 0 ? kHub : kOtherHub));
  all[1].reason = "\u00A3 \"quoted\", 'twice', \\ and\ttabs\nlines";
  all[1].items = {};
  all[2].code = "E5";
  all[2].request = random_octets(5000);
  all[2].response = std::string("\0\xff\x80", 3);
  all[2].device_id.reset();
  all[3].request_id.counter = UINT64_MAX - first;
  all[3].request_id.originator = kOtherHub;
  all[3].trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  all[3].decided_at = unix_ms("2026-06-15", kNoon);
  auto& facts = all[3].facts;
  facts.emplace_back();
  facts.back().kind = dcc::host::kDeviceFact;
  facts.back().key = kHub.text();
  facts.back().is_there({{"type", "CHF"}, {"status", "Pending \u00A3"}}, 7);
  return all;
}

void fill_oddly(Store& store) {
  fill(store);
  support::import_rows(store, Table::users,
                       {{kOtherHub, "EIS", "Suspended", "N\u00A3 \"x\", 'y'"}});
  support::import_rows(store, Table::devices,
                       {{kOtherHub, "CHF", "Recovered"}, {kHub, "CHF", "Commissioned"}});
  support::import_rows(store, Table::devices, {{kHub, "CHF", "Pending"}});
  support::import_rows(store, Table::appointments, {{kAgent, kSupplier, "2027-01-01", ""}});
}

void commit_oddly(Store& store, std::uint64_t first, SignHead sign = {}) {
  Ledger ledger(store, std::move(sign));
  for (const Outcome& one : odd_outcomes(first)) {
    CHECK(commit(ledger, one) == CommitResult::committed);
  }
}

// A file with a store of its own.
struct File {
  explicit File(const std::string& name = "from.db") : path(directory / name) {}
  std::string url() const { return url_of(path); }
  fs::path beside(const std::string& name) const { return path.parent_path() / name; }

  TemporaryDirectory directory;
  fs::path path;
};

void check_empty(const Database& database) {
  auto session = database.session();
  for (const char* table : {"users", "devices", "orders", "appointments", "chains", "outcomes",
                            "request_ids", "returns"}) {
    CAPTURE(table);
    CHECK(session.value(std::string("SELECT count(*) FROM duis.") + table) == "0");
  }
}

// The same request again is known by its RequestID, with the stored octets.
void check_repeats(Store& store, std::uint64_t first) {
  Register known(store.reader());
  for (const Outcome& one : odd_outcomes(first)) {
    const auto before = known.replay(one.request_id);
    REQUIRE(before);
    CHECK(before->response == one.response);
    CHECK(before->digest == one.digest);
  }
  Ledger ledger(store);
  CHECK(commit(ledger, odd_outcomes(first)[2]) == CommitResult::duplicate);
}

}  // namespace

TEST_CASE("a store goes to PostgreSQL and back, and is the same all the way") {
  const File from;
  {
    const auto store = open_store(from.url());
    fill_oddly(*store);
    commit_oddly(*store, 1);
    commit_oddly(*store, 100);
  }
  const Database database;
  const std::string before = dump(from.path);
  const Copied there = copy_to_store(from.url(), database.url(), {});
  CHECK(dump(from.path) == before);
  CHECK(there.records == 8);
  REQUIRE(there.chains.size() == 1);
  CHECK(there.chains[0].name == "file.0");
  const auto of_file = heads(from.url());
  REQUIRE(of_file.size() == 1);
  CHECK(heads(database.url()) == std::vector<std::string>{"file.0" + of_file[0]});

  const fs::path back = from.beside("back.db");
  const auto in_database = dump(database);
  copy_to_store(database.url(), url_of(back), {});
  CHECK(dump(database) == in_database);
  CHECK(dump(back) == before);
  CHECK(heads(url_of(back)) == of_file);
  check_repeats(*open_store(url_of(back)), 100);

  const auto store = database.open();
  check_repeats(*store, 1);
  Ledger ledger(*store);
  const Outcome later = outcome(50);
  CHECK(commit(ledger, later) == CommitResult::committed);
  const auto all = store->chains();
  REQUIRE(all.size() == 2);
  CHECK(all[1]->name() == "host-a.0");
  CHECK(all[1]->outcomes(Store::Which::all, 0, 10, false).at(0).repeated);
  // No revision is given twice.
  const auto revision = [&](Eui64 device) {
    return Register(store->reader()).device(device.value)->revision;
  };
  const auto was = revision(kHub);
  support::import_rows(*store, Table::devices, {{kHub, "CHF", "Commissioned"}});
  CHECK(revision(kHub) > was);
}

TEST_CASE("chains of several hosts stay what they are in a file, and go back as they are") {
  const Database database;
  {
    const auto one = database.open("host-a"), other = database.open("host-b");
    fill_oddly(*one);
    commit_oddly(*one, 1);
    commit_oddly(*other, 100);
    commit_oddly(*one, 200);
    other->writer(1);  // a chain that stays empty
  }
  const auto of_database = heads(database.url());
  REQUIRE(of_database.size() == 2);
  const File file;
  copy_to_store(database.url(), file.url(), {});
  CHECK(heads(file.url()) == of_database);

  const Database again;
  copy_to_store(file.url(), again.url(), {});
  CHECK(dump(again) == dump(database));

  auto store = open_store(file.url());
  check_repeats(*store, 1);
  check_repeats(*store, 100);
  {
    Ledger ledger(*store);
    CHECK(commit(ledger, outcome(300)) == CommitResult::committed);
    CHECK(commit(ledger, outcome(301, Eui64{77})) == CommitResult::committed);
  }
  CHECK(heads(file.url()).size() == 3);

  std::vector<std::string> names;
  std::multiset<std::string> seen;
  for (auto* const chain : store->chains()) names.push_back(chain->name());
  CHECK(names == std::vector<std::string>{"file.0", "host-a.0", "host-b.0"});
  CHECK(store->chains().front()->outcomes(Store::Which::all, 0, 10, false).at(0).repeated);
  const auto returns =
      store->chains().back()->outcomes(Store::Which::accepted_returns, 1, 10, true);
  REQUIRE(returns.size() == 2);
  CHECK(returns[0].cursor == 2);
  CHECK(returns[0].outcome.response == "<response/>101");

  // Who reads on meets each outcome once, from a place that names all chains.
  auto after = dcc::adaptor::Cursors::parse("host-a.0:3").value();
  std::size_t read = 0;
  for (;;) {
    const auto page = dcc::adaptor::read_on(*store, Store::Which::all, after, 3);
    if (page.empty()) break;
    read += page.size();
  }
  CHECK(read == 2 + 8 + 4 - 3);
  CHECK(after.text() == "file.0:2,host-a.0:8,host-b.0:4");
  CHECK(dcc::adaptor::refuse_place(*store, *dcc::adaptor::Place::parse(after.text())).empty());
  CHECK_FALSE(dcc::adaptor::refuse_place(*store, *dcc::adaptor::Place::parse("8")).empty());

  // A search, newest first, in parts.
  Search search;
  search.limit = 4;
  std::vector<std::int64_t> decided;
  for (;;) {
    const Found found = store->search(search);
    for (const auto& one : found.outcomes) {
      decided.push_back(one.outcome.decided_at);
      seen.insert(one.chain + std::to_string(one.cursor));
    }
    if (!found.next) break;
    search.before = found.next;
  }
  CHECK(decided.size() == 14);
  CHECK(std::set<std::string>(seen.begin(), seen.end()).size() == 14);

  // What the file's host has committed goes on as a chain of its own when it moves again.
  store.reset();
  const Database later;
  copy_to_store(file.url(), later.url(), {});
  CHECK(heads(later.url()) == heads(file.url()));
  const File last;
  copy_to_store(later.url(), last.url(), {});
  CHECK(dump(last.path) == dump(file.path));
  const auto back = open_store(last.url());
  Ledger goes_on(*back);
  CHECK(commit(goes_on, outcome(302)) == CommitResult::committed);
  CHECK(back->chains().front()->audit_head().cursor == 3);
}

TEST_CASE("a file's only chain is called on a server as one says, and a host goes on with it") {
  const File from;
  {
    const auto store = open_store(from.url());
    fill(*store);
    commit_oddly(*store, 1);
  }
  const Database database;
  CopyOptions options;
  for (const char* name : {"a", "a.", "a.01", "a_b.1", ".1", "a.99999999999", "a.0.1"}) {
    options.chain = name;
    CHECK_THROWS_WITH(copy_to_store(from.url(), database.url(), options),
                      Contains("--chain '" + std::string(name) + "': expected HOST.LANE"));
  }
  check_empty(database);
  options.chain = "host-a.0";
  CHECK_THROWS_WITH(copy_to_store(from.url(), url_of(from.beside("x.db")), options),
                    Contains("--chain host-a.0: is for"));
  copy_to_store(from.url(), database.url(), options);
  const auto store = database.open("host-a");
  Ledger ledger(*store);
  CHECK(commit(ledger, outcome(50)) == CommitResult::committed);
  const auto chains = store->chains();
  REQUIRE(chains.size() == 1);
  CHECK(chains[0]->audit_head().cursor == 5);
  CHECK(dcc::adaptor::verify_audit(*store, {}).findings.empty());
  CHECK_THROWS_WITH(copy_to_store(database.url(), Database().url(), options),
                    Contains("--chain host-a.0: is for"));
}

TEST_CASE("nothing but what is empty is filled, and it is named") {
  const File from;
  {
    const auto store = open_store(from.url());
    fill(*store);
    commit_oddly(*store, 1);
  }
  SECTION("a file that is there") {
    const fs::path to = from.directory.write("to.db", "mine");
    CHECK_THROWS_WITH(copy_to_store(from.url(), url_of(to), {}),
                      Contains("to.db: is there already"));
    CHECK(fs::file_size(to) == 4);
    CHECK_THROWS_WITH(copy_to_store(from.url(), from.url(), {}),
                      Contains("from.db: is there already"));
  }
  SECTION("no directory") {
    CHECK_THROWS_WITH(copy_to_store(from.url(), url_of(from.beside("absent/to.db")), {}),
                      Contains("there is no directory"));
  }
  SECTION("a database that has rows") {
    for (const char* const row : {"INSERT INTO duis.users VALUES(1, 'EIS', 'Active', '')",
                                  "INSERT INTO duis.chains(host, lane) VALUES('a', 0)",
                                  "INSERT INTO duis.orders VALUES(1, 2)"}) {
      const Database database;
      database.session().run(row);
      const auto before = dump(database);
      CHECK_THROWS_WITH(copy_to_store(from.url(), database.url(), {}),
                        Contains("is not empty, table ") && Contains("init-store"));
      CHECK(dump(database) == before);
    }
  }
  SECTION("a database without the schema, or another application's") {
    const std::string name = server().make_database();
    CHECK_THROWS_WITH(copy_to_store(from.url(), server().url(name), {}),
                      Contains("has no schema duis: dcc-sample-host init-store makes it"));
    support::PostgresqlSession(server().url(name)).run("CREATE SCHEMA duis");
    CHECK_THROWS_WITH(copy_to_store(from.url(), server().url(name), {}),
                      Contains("another application"));
  }
  SECTION("a user who is not the owner") {
    const Database database;
    database.session().run("CREATE ROLE a_copying_host LOGIN IN ROLE duis_host");
    CHECK_THROWS_WITH(
        copy_to_store(from.url(), server().url(database.name(), "a_copying_host"), {}),
        Contains("permission denied") && Contains("as the database's owner"));
    check_empty(database);
  }
  const std::set<fs::path> files(fs::directory_iterator(from.path.parent_path()), {});
  for (const auto& file : files) CHECK_THAT(file.string(), !Contains("partial"));
}

TEST_CASE("what is no store, or an older one, is not copied") {
  const Database database;
  const File file;
  CHECK_THROWS_WITH(copy_to_store(file.url(), database.url(), {}),
                    Contains("from.db: there is no such file"));
  CHECK_FALSE(fs::exists(file.path));
  REQUIRE(support::run("sqlite3", {file.path.string(), "CREATE TABLE t(x)"}).exit_code == 0);
  CHECK_THROWS_WITH(copy_to_store(file.url(), database.url(), {}), Contains("another application"));
  const File older;
  open_store(older.url());
  REQUIRE(support::run("sqlite3", {older.path.string(), "PRAGMA user_version=5"}).exit_code == 0);
  CHECK_THROWS_WITH(copy_to_store(older.url(), database.url(), {}),
                    Contains("has version 5") && Contains("upgrade"));
  check_empty(database);
}

TEST_CASE("a trail that is not whole, or of another key, is named and not copied") {
  const TestKey key, other;
  const File from;
  {
    const auto store = open_store(from.url());
    commit_oddly(*store, 1, [&](std::string_view text) { return key.sign(text); });
  }
  const Database database;
  CopyOptions options;
  options.key = other.public_key();
  CHECK_THROWS_WITH(copy_to_store(from.url(), database.url(), options),
                    Contains("FROM: the trail is not whole") && Contains("not of this key"));
  check_empty(database);
  options.key = key.public_key();
  const Database good;
  copy_to_store(from.url(), good.url(), options);
  copy_to_store(good.url(), url_of(from.beside("back.db")), options);
  CHECK(dump(from.beside("back.db")) == dump(from.path));

  REQUIRE(support::run("sqlite3", {from.path.string(),
                                   "UPDATE outcomes SET code = 'E5' WHERE"
                                   " cursor = 2"})
              .exit_code == 0);
  CHECK_THROWS_WITH(copy_to_store(from.url(), database.url(), {}),
                    Contains("FROM: the trail is not whole: record 2 does not fit its hash"));
  check_empty(database);
  good.session().run(
      "SET session_replication_role = replica;"
      " UPDATE duis.outcomes SET reason = 'changed' WHERE seq = 3");
  CHECK_THROWS_WITH(copy_to_store(good.url(), url_of(from.beside("x.db")), {}),
                    Contains("chain file.0: record 3 does not fit its hash"));
  CHECK_FALSE(fs::exists(from.beside("x.db")));
}

TEST_CASE("a store that others use is not copied, unless one says so") {
  SECTION("a file") {
    const File from;
    const auto store = open_store(from.url());
    commit_oddly(*store, 1);
    const Database database;
    CHECK_THROWS_WITH(copy_to_store(from.url(), database.url(), {}),
                      Contains("others use it: stop the host first"));
    check_empty(database);
    CopyOptions options;
    options.beside_hosts = true;
    CHECK(copy_to_store(from.url(), database.url(), options).records == 4);
    commit_oddly(*store, 100);
  }
  SECTION("a database") {
    const Database database;
    database.session().run(
        "DO $$ BEGIN IF NOT EXISTS(SELECT FROM pg_roles WHERE rolname = 'a_host_that_runs') THEN"
        " CREATE ROLE a_host_that_runs LOGIN IN ROLE duis_host; END IF; END $$");
    const auto store = Database::open(server().url(database.name(), "a_host_that_runs"), "host-a");
    Ledger ledger(*store);
    CHECK(commit(ledger, odd_outcomes(1)[0]) == CommitResult::committed);
    const File to;
    CHECK_THROWS_WITH(copy_to_store(database.url(), to.url(), {}),
                      Contains("hosts are connected: a_host_that_runs"));
    CHECK_FALSE(fs::exists(to.path));
    CopyOptions options;
    options.beside_hosts = true;
    bool done = false;
    options.progress = [&](const char*, std::int64_t, std::int64_t) {
      if (std::exchange(done, true)) return;
      CHECK(commit(ledger, odd_outcomes(1)[2]) == CommitResult::committed);
    };
    CHECK(copy_to_store(database.url(), to.url(), options).records == 1);
  }
  SECTION("a host that cannot be seen commits meanwhile") {
    const Database database;
    const auto store = database.open();  // by the superuser
    Ledger ledger(*store);
    CHECK(commit(ledger, odd_outcomes(1)[0]) == CommitResult::committed);
    const File to;
    CopyOptions options;
    options.progress = [&](const char*, std::int64_t, std::int64_t) {
      commit(ledger, odd_outcomes(1)[2]);
    };
    CHECK_THROWS_WITH(copy_to_store(database.url(), to.url(), options),
                      Contains("chain host-a.0 ended with outcome 1 when the copy began, and ends "
                               "with 2 now"));
    CHECK_FALSE(fs::exists(to.path));
  }
}

TEST_CASE("while a database is filled nobody else can use it, and if that fails it is empty") {
  const File from;
  {
    const auto store = open_store(from.url());
    fill(*store);
    commit_oddly(*store, 1);
  }
  const Database database;
  CopyOptions options;
  options.progress = [&](const char*, std::int64_t, std::int64_t) {
    auto session = database.session();
    session.run("SET lock_timeout = '50ms'");
    CHECK_THROWS_WITH(session.run("INSERT INTO duis.chains(host, lane) VALUES('a', 0)"),
                      Contains("55P03"));
    CHECK(session.value("SELECT count(*) FROM duis.outcomes") == "0");
    throw StoreError("enough");
  };
  CHECK_THROWS_WITH(copy_to_store(from.url(), database.url(), options), "enough");
  check_empty(database);
  options.progress = [](const char*, std::int64_t, std::int64_t) { throw StoreError("enough"); };
  CHECK_THROWS_WITH(copy_to_store(from.url(), url_of(from.beside("to.db")), options), "enough");
  CHECK_FALSE(fs::exists(from.beside("to.db")));
  CHECK(copy_to_store(from.url(), database.url(), {}).records == 4);
}

TEST_CASE("what is remembered of an archive moves to a file, to PostgreSQL and back") {
  const File from;
  {
    const auto store = open_store(from.url());
    commit_oddly(*store, 1);
    commit_oddly(*store, 100);
    dcc::adaptor::Retention retention(dcc::adaptor::only_chain(*store), {});
    retention.remove(3, {});
    retention.forget(1'700'000'000'000 + 1);
    dcc::adaptor::only_chain(*store).retention()->forget(
        1, std::vector{std::pair{kAgent, std::uint64_t{1}}});
  }
  const fs::path to = from.beside("to.db");
  copy_to_store(from.url(), url_of(to), {});
  CHECK(dump(to) == dump(from.path));
  CHECK(open_store(url_of(to))->identity().id != open_store(from.url())->identity().id);

  const Database database;
  copy_to_store(from.url(), database.url(), {});
  const fs::path back = from.beside("back.db");
  copy_to_store(database.url(), url_of(back), {});
  CHECK(dump(back) == dump(from.path));

  const auto store = database.open();
  Inquiry archived{.request_id = odd_outcomes(1)[2].request_id};
  Inquiry forgotten{.request_id = odd_outcomes(1)[0].request_id};
  const auto reader = store->reader();
  reader->answer({&archived, 1});
  reader->answer({&forgotten, 1});
  REQUIRE(archived.before);
  CHECK(archived.before->chain == "file.0");
  CHECK(archived.before->archived == 3);
  CHECK(archived.before->digest == odd_outcomes(1)[2].digest);
  CHECK_FALSE(forgotten.before);
  CHECK(forgotten.forgotten == 1);
  Ledger ledger(*store);
  CHECK(commit(ledger, odd_outcomes(1)[2]) == CommitResult::duplicate);
  CHECK(commit(ledger, outcome(50)) ==
        CommitResult::committed);  // of a hub whose return is archived
  CHECK(store->chains().back()->outcomes(Store::Which::all, 0, 9, false).at(0).repeated);
}

TEST_CASE("chains of which a part was archived move to a file, are archived there, and go back") {
  const Database database;
  const TemporaryDirectory archives;
  ArchiveOptions options;
  options.directory = archives / "one";
  options.before = first_of_month("2026-01-01").value();
  {
    const auto one = database.open("host-a"), other = database.open("host-b");
    fill_oddly(*one);
    commit_oddly(*one, 1);  // one of June at the end
    commit_oddly(*other, 100);
    CHECK(archive(*one, options).removed == 6);
  }
  const auto of_database = heads(database.url());
  const File file;
  copy_to_store(database.url(), file.url(), {});
  CHECK(heads(file.url()) == of_database);
  const auto check_archived = [&](Store& store) {
    Inquiry inquiry{.request_id = odd_outcomes(100)[1].request_id};
    store.reader()->answer({&inquiry, 1});
    REQUIRE(inquiry.before);
    CHECK(inquiry.before->chain == "host-b.0");
    CHECK(inquiry.before->archived == 2);
    CHECK(find_archived(archives / "one", inquiry.request_id, *inquiry.before, std::nullopt)
              ->outcome.response == odd_outcomes(100)[1].response);
  };
  check_archived(*database.open());
  {
    const auto store = open_store(file.url());
    check_archived(*store);
    Ledger ledger(*store);
    CHECK(commit(ledger, odd_outcomes(100)[1]) == CommitResult::duplicate);
    CHECK(commit(ledger, outcome(300)) == CommitResult::committed);
    CHECK(store->chains().front()->outcomes(Store::Which::all, 0, 9, false).at(0).repeated);
  }
  const Database again;
  copy_to_store(file.url(), again.url(), {});
  check_archived(*again.open());

  // The rest goes into an archive of the file's own.
  options.directory = archives / "other";
  options.forget_before = options.before;
  options.before = first_of_month("2026-07-01").value();
  const auto store = open_store(file.url());
  const Archived done = archive(*store, options);
  CHECK(done.removed == 3);
  CHECK(done.forgotten == 7);
  CHECK(done.end.text() == "file.0:1,host-a.0:4,host-b.0:4");
  CHECK(dcc::adaptor::verify_audit(*store, {}).findings == std::vector<std::string>{});
  Inquiry inquiry{.request_id = odd_outcomes(100)[3].request_id};
  store->reader()->answer({&inquiry, 1});
  REQUIRE(inquiry.before);
  CHECK(inquiry.before->chain == "host-b.0");
  CHECK(inquiry.before->archived == 4);
  Ledger ledger(*store);
  CHECK(commit(ledger, odd_outcomes(100)[1]) == CommitResult::duplicate);
  CHECK(commit(ledger, odd_outcomes(100)[3]) == CommitResult::duplicate);
}

// unit-copy "[figures]" -s
TEST_CASE("how fast a store is copied", "[.][figures]") {
  constexpr std::uint64_t kOutcomes = 50'000, kDevices = 500'000;
  const File from;
  {
    const auto store = open_store(from.url());
    std::vector<support::Row> devices;
    for (std::uint64_t i = 1; i <= kDevices; ++i) devices.push_back({Eui64{i}, "CHF", "Pending"});
    support::import_rows(*store, Table::devices, devices);
    Ledger ledger(*store);
    for (std::uint64_t i = 0; i < kOutcomes; i += 500) {
      std::vector<Outcome> outcomes;
      std::vector<const Outcome*> batch;
      for (std::uint64_t n = i + 1; n <= i + 500; ++n) {
        outcomes.push_back(outcome(n, Eui64{n}));
        Outcome& one = outcomes.back();
        one.request = random_octets(500) + std::string(1500, 'r') + std::to_string(n);
        one.response = random_octets(300) + std::string(1500, 's') + std::to_string(n);
      }
      for (const Outcome& one : outcomes) batch.push_back(&one);
      ledger.commit(batch);
    }
  }
  const auto figures = [](const char* what, const std::string& of, const std::string& to) {
    std::map<std::string, std::chrono::steady_clock::time_point> first, last;
    CopyOptions options;
    options.progress = [&](const char* step, std::int64_t, std::int64_t) {
      const auto now = std::chrono::steady_clock::now();
      first.emplace(step, now);
      last[step] = now;
    };
    const auto begin = std::chrono::steady_clock::now();
    copy_to_store(of, to, options);
    const std::chrono::duration<double> all = std::chrono::steady_clock::now() - begin;
    std::string text = std::string(what) + ": " + std::to_string(all.count()) + " s";
    for (const auto& [step, at] : first) {
      text += "; " + step + " " +
              std::to_string(std::chrono::duration<double>(last[step] - at).count()) + " s";
    }
    WARN(text);
  };
  const Database database;
  const fs::path back = from.beside("back.db");
  figures("sqlite to postgresql", from.url(), database.url());
  figures("postgresql to sqlite", database.url(), url_of(back));
}

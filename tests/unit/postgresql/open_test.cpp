// SPDX-License-Identifier: Apache-2.0
//
// What is refused before anything is stored, and what it says; and who may do what.
#include "fixture.hpp"

using namespace sample;
using Catch::Contains;

namespace {

constexpr const char* kPassword = "s3cret-Pa55";

void open(const std::string& url) {
  Database::open(url, "host-a");
}

// Of all three ways to look at a database: each refuses it and says so; no password is shown.
void check_refused(const std::string& url, const std::string& what) {
  CAPTURE(what);
  for (const auto& function : {open, init_postgresql_store, check_postgresql_store}) {
    try {
      function(url);
      FAIL_CHECK("not refused");
    } catch (const StoreError& error) {
      CHECK_THAT(error.what(), Contains(what));
      CHECK_THAT(error.what(), !Contains("s3cret"));
      CHECK_THAT(error.what(), !Contains("Pa55"));
    }
  }
}

void check_refused_by_host(const std::string& url, const std::string& what) {
  CAPTURE(what);
  CHECK_THROWS_WITH(open(url), Contains(what));
  CHECK_THROWS_WITH(check_postgresql_store(url), Contains(what));
}

// All of the schema's definitions, as text.
std::string schema(support::PostgresqlSession session) {
  std::string all;
  for (const auto& row :
       session.run("SELECT relname || relkind::text || relnatts || coalesce(relacl::text, '')"
                   " FROM pg_class WHERE relnamespace = to_regnamespace('duis') ORDER BY 1")) {
    all += row[0] + "\n";
  }
  return all;
}

}  // namespace

TEST_CASE("a url with a mistake is refused, and none of it is shown") {
  const std::string with = std::string("postgresql://me:") + kPassword;
  check_refused("sqlite:/x", "does not begin with postgresql://");
  check_refused(with + "@host:54x2/db", "its port is no number");
  check_refused(with + "@host/db?sslmod=require", "invalid URI query parameter");
  check_refused(with + "@host/db?sslmode", "missing key/value separator");
  check_refused(with + "%zz@host/db", "invalid percent-encoded token");
  check_refused(with + "@more@host/db", "its host has an @");
  check_refused(with + "/more", "its port is no number");
  check_refused(with + "/more@host/db", "its database has an @ or a /");
  check_refused(std::string("postgresql://me:12/") + kPassword + "@host/db",
                "its database has an @ or a /");
}

TEST_CASE("a server that is not there, or has no such database, is named") {
  const support::TempDirectory empty;
  check_refused("postgresql://me:" + std::string(kPassword) + "@/db?host=" + empty.path().string(),
                empty.path().string());
  check_refused(server().url("no_such_database"), "\"no_such_database\" does not exist");
}

TEST_CASE("of several servers that is used which is there") {
  const Database database;
  const support::TempDirectory empty;
  const std::string directory = server().socket_directory().string();
  const auto url = [&](const std::string& hosts) {
    return "postgresql:///" + database.name() + "?user=postgres&host=" + hosts;
  };
  CHECK_NOTHROW(open(url(empty.path().string() + "," + directory)));
  CHECK_NOTHROW(open(url(directory + "," + empty.path().string())));
}

TEST_CASE("a wrong password is not shown") {
  support::PostgresqlServer with_tcp(true);
  const Database database(with_tcp);
  database.session().run("CREATE ROLE me LOGIN PASSWORD 'right'; GRANT duis_host TO me");
  const std::string at = "@127.0.0.1:" + std::to_string(with_tcp.port()) + "/" + database.name();
  check_refused("postgresql://me:" + std::string(kPassword) + at, "password authentication failed");
  CHECK_NOTHROW(open("postgresql://me:right" + at));
  CHECK_NOTHROW(check_postgresql_store("postgresql://me:right" + at));
}

TEST_CASE("a bad name of a host, or number of lanes, is refused") {
  const Database database;
  for (const char* name : {"", "a.b", "a b", "\u00e4"}) {
    CHECK_THROWS_WITH(database.open(name),
                      Contains("expected 1 to 63 letters, digits and hyphens"));
  }
  CHECK_THROWS_AS(database.open(std::string(64, 'a')), StoreError);
  CHECK_NOTHROW(database.open(std::string(63, 'a')));
  CHECK_THROWS_WITH(open_postgresql_store(database.url(), {.host = "a", .lanes = 0}),
                    "store lanes 0: expected 1 to 64");
}

TEST_CASE("a database without the schema is named, with what makes it") {
  const std::string url = server().url(server().make_database());
  check_refused_by_host(url, "has no schema duis: dcc-sample-host init-store makes it");
  init_postgresql_store(url);
  CHECK_NOTHROW(open(url));
  CHECK_NOTHROW(check_postgresql_store(url));
  const auto before = schema(support::PostgresqlSession(url));
  const auto identity = Database::open(url, "host-a")->identity();
  CHECK(identity.id.size() == 16);
  CHECK(identity.epoch == 1);
  init_postgresql_store(url);
  CHECK(schema(support::PostgresqlSession(url)) == before);
  CHECK(Database::open(url, "host-b")->identity() == identity);
}

TEST_CASE("a schema of another's, of another version, or half made is refused and left alone") {
  const struct {
    const char* made;
    const char* what;
  } cases[] = {
      {"CREATE SCHEMA duis; CREATE TABLE duis.theirs(x int)",
       "another application's, or half made"},
      {"CREATE SCHEMA duis; CREATE TABLE duis.meta(x int)", "another application's"},
      {"CREATE SCHEMA duis; CREATE TABLE duis.meta(application text, version int);"
       " INSERT INTO duis.meta VALUES('theirs', 1)",
       "another application's"},
      {"CREATE SCHEMA duis; CREATE TABLE duis.meta(application text, version int);"
       " INSERT INTO duis.meta VALUES('dcc-sample-host', 3)",
       "has version 3, this program needs 2: use the program that made it"},
      {"CREATE SCHEMA duis; CREATE TABLE duis.meta(application text, version int);"
       " INSERT INTO duis.meta VALUES('dcc-sample-host', 2)",
       "table appointments, table chains"},
  };
  for (const auto& c : cases) {
    const std::string url = server().url(server().make_database());
    support::PostgresqlSession(url).run(c.made);
    const auto before = schema(support::PostgresqlSession(url));
    check_refused(url, c.what);
    CHECK(schema(support::PostgresqlSession(url)) == before);
  }
}

TEST_CASE("a schema of version 1 is brought to this one by its owner, if it is whole") {
  const Database database;
  const auto made = schema(database.session());
  const auto make_old = [&] {
    database.session().run(
        "DROP TABLE duis.starts, duis.remembered, duis.forgotten;"
        " DROP FUNCTION duis.in_order; UPDATE duis.meta SET version = 1");
  };
  {
    const auto store = database.open();
    Ledger ledger(*store);
    CHECK(commit(ledger, outcome(1)) == CommitResult::committed);
  }
  make_old();
  check_refused_by_host(database.url(),
                        "has version 1, this program needs 2: dcc-sample-host init-store");
  init_postgresql_store(database.url());
  CHECK(schema(database.session()) == made);
  CHECK(all_of(*database.open()).size() == 1);

  make_old();
  database.session().run("DROP TABLE duis.returns");
  const auto before = schema(database.session());
  CHECK_THROWS_WITH(init_postgresql_store(database.url()),
                    Contains("switched off: table returns;"));
  CHECK(schema(database.session()) == before);
}

TEST_CASE("a schema without a table or a trigger is not whole") {
  const struct {
    const char* change;
    const char* what;
  } cases[] = {
      {"DROP TABLE duis.returns", "switched off: table returns;"},
      {"DROP TABLE duis.starts", "switched off: table starts;"},
      {"DROP TRIGGER gate ON duis.orders", "trigger gate of orders;"},
      {"ALTER TABLE duis.devices DISABLE TRIGGER gate", "trigger gate of devices;"},
      {"DROP TRIGGER only_grows ON duis.outcomes", "trigger only_grows of outcomes;"},
  };
  for (const auto& c : cases) {
    const Database database;
    database.session().run(c.change);
    check_refused(database.url(), c.what);
  }
}

TEST_CASE("a month without a place is named, and added") {
  const Database database;
  const auto month = [&](const char* offset) {
    return database.session().value(std::string("SELECT to_char(now() AT TIME ZONE 'UTC' +") +
                                    offset + ", 'YYYY-MM')");
  };
  const auto part = [](std::string name) { return "duis.outcomes_" + name.replace(4, 1, "_"); };
  const std::string next = month("interval '1 month'"), now = month("interval '0'");
  database.session().run("DROP TABLE " + part(next));
  CHECK_NOTHROW(open(database.url()));
  CHECK_THROWS_WITH(check_postgresql_store(database.url()),
                    Contains("no place for the outcomes of " + next) && Contains("init-store"));
  database.session().run("ALTER TABLE duis.outcomes DETACH PARTITION " + part(now));
  check_refused_by_host(database.url(), "no place for the outcomes of " + now);
  database.session().run("DROP TABLE " + part(now));
  init_postgresql_store(database.url());
  CHECK_NOTHROW(check_postgresql_store(database.url()));
}

TEST_CASE("a server that does not force to disk, or another encoding, is refused") {
  support::PostgresqlServer of;
  const Database database(of);
  database.session().run("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0");
  CHECK_THROWS_WITH(init_postgresql_store(of.url("latin")), Contains("encoding is not UTF8"));
  for (const char* setting : {"fsync", "full_page_writes"}) {
    auto session = database.session();
    session.run(std::string("ALTER SYSTEM SET ") + setting + " = off");
    session.run("SELECT pg_reload_conf()");
    // Another session sees it when the server has taken it over.
    while (session.value(std::string("SHOW ") + setting) == "on") continue;
    check_refused(database.url(), std::string("the server's ") + setting + " is off");
    session.run(std::string("ALTER SYSTEM RESET ") + setting);
    session.run("SELECT pg_reload_conf()");
    while (session.value(std::string("SHOW ") + setting) == "off") continue;
  }
}

TEST_CASE("a host may add to the trail and read, and an import may write the inventory") {
  const Database database;
  const std::string suffix = database.name();  // roles are the server's
  database.session().run("CREATE ROLE host_" + suffix + " LOGIN; GRANT duis_host TO host_" +
                         suffix + "; CREATE ROLE import_" + suffix +
                         " LOGIN; GRANT duis_import TO import_" + suffix + "; CREATE ROLE none_" +
                         suffix + " LOGIN");
  const std::string host = server().url(database.name(), "host_" + suffix),
                    import = server().url(database.name(), "import_" + suffix),
                    none = server().url(database.name(), "none_" + suffix);

  const auto importer = Database::open(import, "host-a");
  fill(*importer);
  support::import_rows(*importer, Table::devices, {{kOtherHub, "CHF", "Pending"}});
  auto staging = importer->staging(Table::devices);
  staging->fill([] { return static_cast<const StagedRow*>(nullptr); });
  CHECK_NOTHROW(staging->remove_others({}));
  CHECK_THROWS_WITH(check_postgresql_store(import), Contains("GRANT duis_host to it"));

  CHECK_NOTHROW(check_postgresql_store(host));
  const auto store = Database::open(host, "host-a");
  Ledger ledger(*store);
  CHECK(commit(ledger, outcome(1)) == CommitResult::committed);
  CHECK(all_of(*store).size() == 1);
  CHECK_NOTHROW(ledger.check());

  check_refused_by_host(none, "may not read schema duis: GRANT duis_host");

  const struct {
    const std::string& url;
    const char* statement;
  } forbidden[] = {
      {host, "UPDATE duis.outcomes SET code = 'E5'"},
      {host, "DELETE FROM duis.outcomes"},
      {host, "TRUNCATE duis.outcomes"},
      {host, "DELETE FROM duis.request_ids"},
      {host, "UPDATE duis.returns SET seq = 2"},
      {host, "UPDATE duis.chains SET host = 'x'"},
      {host, "DELETE FROM duis.chains"},
      {host, "INSERT INTO duis.devices(device_id, type, status) VALUES(1, 'CHF', 'Pending')"},
      {host, "UPDATE duis.users SET status = 'Active'"},
      {host, "UPDATE duis.revisions SET value = 1"},
      {host, "UPDATE duis.meta SET version = 2"},
      {host, "INSERT INTO duis.starts VALUES(1, 1, '', '')"},
      {host, "UPDATE duis.starts SET seq = 0"},
      {host, "DELETE FROM duis.remembered"},
      {host, "DELETE FROM duis.forgotten"},
      {host, "DROP TABLE duis.outcomes_2023_11"},
      {host, "CREATE TABLE duis.x(y int)"},
      {import, "INSERT INTO duis.returns VALUES(1, 1, 1)"},
      {import, "INSERT INTO duis.outcomes SELECT * FROM duis.outcomes"},
      {import, "DELETE FROM duis.request_ids"},
      {import, "UPDATE duis.chains SET seq = 0"},
      {import, "UPDATE duis.revisions SET value = 1"},
      {none, "SELECT * FROM duis.outcomes"},
  };
  for (const auto& one : forbidden) {
    CAPTURE(one.statement);
    CHECK_THROWS_WITH(support::PostgresqlSession(one.url).run(one.statement),
                      Catch::StartsWith("42501"));
  }
  CHECK_THROWS_WITH(store->chains().front()->retention(),
                    Contains("user host_" + suffix + " may not remove outcomes: archive as the") &&
                        Contains("owner, postgres"));
  // Not even by the owner, by mistake.
  for (const char* statement : {"UPDATE duis.outcomes SET code = 'E5'", "DELETE FROM duis.outcomes",
                                "DELETE FROM duis.outcomes_2023_11", "TRUNCATE duis.outcomes",
                                "TRUNCATE duis.outcomes_2023_11", "DELETE FROM duis.request_ids",
                                "TRUNCATE duis.request_ids"}) {
    CAPTURE(statement);
    CHECK_THROWS_WITH(database.session().run(statement), Contains("only grows"));
  }
  CHECK(all_of(*store).size() == 1);
}

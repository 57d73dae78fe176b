// SPDX-License-Identifier: Apache-2.0
//
// Opening: what is created, what is refused and left alone, what survives.
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <iterator>
#include <thread>

#include "fixture.hpp"
#include "stores/stores.hpp"

using namespace sample;
using Catch::Contains;

namespace {

void execute(const std::filesystem::path& file, const char* sql) {
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open(file.c_str(), &db) == SQLITE_OK);
  REQUIRE(sqlite3_exec(db, sql, nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(db);
}

std::string content(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// The log's salt is another each time it begins again.
std::string log_salt(const std::filesystem::path& store) {
  std::ifstream log(store.string() + "-wal", std::ios::binary);
  std::string header(24, '\0');
  REQUIRE(log.read(header.data(), 24));
  return header.substr(16);
}

}  // namespace

TEST_CASE("a store that is checked whole is left without a trace") {
  const TemporaryDirectory directory;
  const auto file = directory / "a%23#?b.db";
  const std::string url = "sqlite:" + file.string();
  open_store(url);
  const auto before = content(file);
  const auto written = std::filesystem::last_write_time(directory / "");
  check_store(url, Depth::everything);
  CHECK(content(file) == before);
  CHECK(std::filesystem::last_write_time(directory / "") == written);
  CHECK(std::distance(std::filesystem::directory_iterator(directory / ""), {}) == 1);

  const auto in_use = open_store(url);
  check_store(url, Depth::everything);
}

TEST_CASE("another application's store is refused by a check of the whole") {
  const TemporaryDirectory directory;
  execute(directory / "other.db", "CREATE TABLE t(x)");
  CHECK_THROWS_WITH(check_store("sqlite:" + (directory / "other.db").string(), Depth::everything),
                    Contains("another application"));
}

TEST_CASE("a store is named by sqlite: and an absolute path") {
  const TemporaryDirectory directory;
  CHECK(open_store("sqlite:" + (directory / "store.db").string()) != nullptr);
  CHECK(std::filesystem::exists(directory / "store.db"));
  for (const char* url : {"", "sqlite:", "sqlite:store.db", "/store.db"}) {
    CAPTURE(url);
    CHECK_THROWS_WITH(open_store(url),
                      Contains("'" + std::string(url) + "'") && Contains("sqlite:PATH"));
  }
  CHECK_THROWS_WITH(open_store("mysql://user:secret@host/db"),
                    Contains("'mysql://...'") && !Contains("secret"));
}

TEST_CASE("a new store is its owner's alone, whatever the umask") {
  for (const mode_t mask : {mode_t{0}, mode_t{022}, mode_t{0777}}) {
    CAPTURE(mask);
    const TemporaryDirectory directory;
    const auto file = directory / "store.db";
    const mode_t before = ::umask(mask);
    const auto store = open_sqlite_store(file);
    ::umask(before);
    for (const char* suffix : {"", "-wal", "-shm"}) {
      struct stat status {};
      REQUIRE(::stat((file.string() + suffix).c_str(), &status) == 0);
      CHECK((status.st_mode & 0777) == 0600);
    }
  }
}

TEST_CASE("a store that root creates belongs to the owner of its directory") {
  if (::geteuid() != 0) return;
  const TemporaryDirectory directory;
  const auto file = directory / "store.db";
  constexpr uid_t kOwner = 12345;
  constexpr gid_t kGroup = 23456;
  REQUIRE(::chown((directory / ".").c_str(), kOwner, kGroup) == 0);
  const auto owned = [&] {
    for (const char* suffix : {"", "-wal", "-shm"}) {
      CAPTURE(suffix);
      struct stat status {};
      REQUIRE(::stat((file.string() + suffix).c_str(), &status) == 0);
      CHECK(status.st_uid == kOwner);
      CHECK(status.st_gid == kGroup);
      CHECK((status.st_mode & 0777) == 0600);
    }
  };
  {
    const auto store = open_sqlite_store(file);
    CHECK(support::import_rows(*store, Table::devices, {{kHub, "CHF", "Pending"}}) == 1);
    owned();
  }
  const auto store = open_sqlite_store(file);  // which is there by now
  owned();
}

TEST_CASE("a missing directory is named, not made") {
  const TemporaryDirectory directory;
  const auto file = directory / "absent" / "store.db";
  CHECK_THROWS_WITH(
      open_sqlite_store(file),
      Contains(file.string()) && Contains("no directory " + (directory / "absent").string()));
  CHECK_FALSE(std::filesystem::exists(directory / "absent"));
}

TEST_CASE("what is no store is refused by name and left as it is") {
  const TemporaryDirectory directory;
  const auto file = directory / "store.db";

  SECTION("a text file") {
    directory.write("store.db", std::string(5000, 'x'));
    const std::string before = content(file);
    CHECK_THROWS_WITH(open_sqlite_store(file),
                      Contains(file.string()) && Contains("not a database"));
    CHECK(content(file) == before);
  }
  SECTION("the beginning of a store") {
    open_sqlite_store(file);
    std::filesystem::resize_file(file, 1000);
    CHECK_THROWS_AS(open_sqlite_store(file), StoreError);
  }
  SECTION("a directory") {
    std::filesystem::create_directory(file);
    CHECK_THROWS_WITH(open_sqlite_store(file), Contains(file.string()));
  }
  SECTION("another application's database") {
    execute(file, "PRAGMA application_id=252006673; CREATE TABLE t(x)");
    const std::string before = content(file);
    CHECK_THROWS_WITH(open_sqlite_store(file),
                      Contains(file.string()) && Contains("another application"));
    CHECK(content(file) == before);
  }
  SECTION("a database that does not say whose it is") {
    execute(file, "CREATE TABLE t(x)");
    CHECK_THROWS_WITH(open_sqlite_store(file), Contains("another application"));
  }
  SECTION("a version that there never was") {
    open_sqlite_store(file);
    execute(file, "PRAGMA user_version=-1");
    CHECK_THROWS_WITH(open_sqlite_store(file), Contains(file.string()) &&
                                                   Contains("has version -1") &&
                                                   Contains("versions up to 7"));
  }
}

TEST_CASE("an empty file becomes a store") {
  const TemporaryDirectory directory;
  const auto store = open_sqlite_store(directory.write("store.db", ""));
  CHECK_FALSE(Register(store->reader()).user(kAgent));
}

TEST_CASE_METHOD(StoreFixture, "everything survives closing and opening") {
  fill();
  const Outcome first = outcome(1);
  commit(first);
  const auto device = reader->device(kHub.value);
  const std::int64_t revision = relations();

  reopen();
  CHECK(reader->user(kAgent) == Register::User{"SNA", "Active"});
  CHECK(reader->device(kHub.value)->revision == device->revision);
  CHECK(relations() == revision);
  CHECK(reader->acts_for_orderer(kAgent.value, kHub.value, unix_ms("2026-06-15", 0)).holds);
  CHECK(commit(first) == CommitResult::duplicate);
  CHECK(commit(outcome(2)) == CommitResult::committed);

  const auto stored = outcomes();
  REQUIRE(stored.size() == 2);
  CHECK(stored[0].cursor < stored[1].cursor);
  CHECK(stored[1].repeated);
}

TEST_CASE_METHOD(StoreFixture, "a closed store is one file, with nothing in its log") {
  fill();
  commit(outcome(1));
  const auto log = file().string() + "-wal";

  SECTION("when nobody else has it open") {
    close();
    CHECK_FALSE(std::filesystem::exists(log));
  }
  SECTION("when somebody has") {
    CHECK(std::filesystem::file_size(log) > 0);
    ledger.reset();
    store.reset();
    CHECK(std::filesystem::file_size(log) == 0);
  }
}

TEST_CASE_METHOD(StoreFixture,
                 "the log is copied into the database and begun again while commits go on") {
  close();
  use(open_sqlite_store(file(), {.checkpoint_pages = 20}));
  fill();
  // The log begins again only when all of it has been copied. The first commit is for what the
  // imports have copied themselves.
  REQUIRE(commit(outcome(1)) == CommitResult::committed);
  const std::string first_salt = log_salt(file());
  std::uint64_t commits = 1;
  while (log_salt(file()) == first_salt && commits < 1'000) {
    REQUIRE(commit(outcome(++commits)) == CommitResult::committed);
  }
  CHECK(log_salt(file()) != first_salt);
  reopen();
  CHECK(outcomes().size() == commits);
}

TEST_CASE("several may open a new store at once") {
  const TemporaryDirectory directory;
  const auto file = directory / "store.db";
  std::vector<std::string> errors(4);
  std::vector<std::thread> threads;
  for (std::string& error : errors) {
    threads.emplace_back([&error, &file] {
      try {
        open_sqlite_store(file);
      } catch (const std::exception& e) {
        error = e.what();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(errors == std::vector<std::string>(4));
}

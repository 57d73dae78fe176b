// SPDX-License-Identifier: Apache-2.0
//
// What the store's tests share: a directory of their own, a register to look things up in, and an
// outcome that a test changes in the one respect that it is about.
#pragma once

#include <stdlib.h>

#include <catch2/catch.hpp>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "adaptor/ledger.hpp"
#include "store/sqlite/store.hpp"
#include "store/store.hpp"
#include "support/imported_rows.hpp"

namespace sample {

using dcc::adaptor::CommitResult;
using dcc::adaptor::Inquiry;
using dcc::adaptor::Item;
using dcc::adaptor::Replay;
using dcc::adaptor::SignHead;
using dcc::adaptor::StoreReader;

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "dcc-store-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp " + name);
    path_ = name;
  }
  ~TemporaryDirectory() { std::filesystem::remove_all(path_); }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

  std::filesystem::path write(const std::string& name, const std::string& content) const {
    std::ofstream(path_ / name, std::ios::binary) << content;
    return path_ / name;
  }

 private:
  std::filesystem::path path_;
};

// Which nothing makes smaller; always the same.
inline std::string random_octets(std::size_t size) {
  std::mt19937 random(42);
  std::string octets(size, '\0');
  for (char& octet : octets) octet = static_cast<char>(random() & 0xff);
  return octets;
}

inline constexpr Eui64 kAgent{0x90B3D51F30010001};
inline constexpr Eui64 kSupplier{0x90B3D51F30010002};
inline constexpr Eui64 kOtherSupplier{0x90B3D51F30010003};
inline constexpr Eui64 kStranger{0x90B3D51F30010004};
inline constexpr Eui64 kBroker{0x90B3D51F30000002};
inline constexpr Eui64 kHub{0x00DB123456780001};
inline constexpr Eui64 kOtherHub{0xFFDB123456780002};  // negative in SQLite

inline std::int64_t unix_ms(const std::string& date, std::int64_t of_day) {
  const auto number = [&](std::size_t at, std::size_t size) {
    return std::stoi(date.substr(at, size));
  };
  const std::chrono::sys_days day{std::chrono::year(number(0, 4)) /
                                  std::chrono::month(static_cast<unsigned>(number(5, 2))) /
                                  std::chrono::day(static_cast<unsigned>(number(8, 2)))};
  return std::chrono::milliseconds(day.time_since_epoch()).count() + of_day;
}

inline constexpr std::int64_t kNoon = 12 * 3'600'000;
inline constexpr std::int64_t kLastMillisecond = 86'400'000 - 1;

// What a store's reader says of one User, device or agent at a time.
class Register {
 public:
  struct User {
    std::string role, status;
    bool operator==(const User&) const = default;
  };
  struct Device {
    std::string type, status;
    std::int64_t revision = 0;
  };
  struct Relation {
    bool holds = false;
    std::int64_t revision = 0;
  };

  explicit Register(std::unique_ptr<StoreReader> reader) : reader_(std::move(reader)) {}
  operator StoreReader&() { return *reader_; }

  dcc::host::Fact ask(std::string_view kind, std::string_view key) {
    Inquiry inquiry;
    inquiry.facts.ask(kind, key);
    reader_->answer({&inquiry, 1});
    return inquiry.facts.all().front();
  }
  std::optional<User> user(Eui64 id) {
    const auto fact = ask(dcc::host::kUserFact, id.text());
    if (fact.state == dcc::host::Fact::State::not_there) return std::nullopt;
    return User{std::string(fact.value("role").value()), std::string(fact.value("status").value())};
  }
  std::optional<Device> device(std::uint64_t id) {
    const auto fact = ask(dcc::host::kDeviceFact, Eui64{id}.text());
    if (fact.state == dcc::host::Fact::State::not_there) return std::nullopt;
    return Device{std::string(fact.value("type").value()),
                  std::string(fact.value("status").value()), fact.revision};
  }
  Relation acts_for_orderer(std::uint64_t agent, std::uint64_t device, std::int64_t at) {
    return relation(ask(dcc::host::kActsFact, dcc::host::acts_key(agent, device, at).value()));
  }
  Relation acts_for_any(std::uint64_t agent, std::int64_t at) {
    return relation(
        ask(dcc::host::kActsForAnyFact, dcc::host::acts_for_any_key(agent, at).value()));
  }
  std::optional<Replay> replay(const RequestId& id) {
    Inquiry inquiry{.request_id = id};
    reader_->answer({&inquiry, 1});
    return inquiry.before;
  }

 private:
  static Relation relation(const dcc::host::Fact& fact) {
    return {fact.value("acts").value() == "yes", fact.revision};
  }

  std::unique_ptr<StoreReader> reader_;
};

// The store of a test, in its directory, as it was left there. Which database it is, is the test
// program's choice: sqlite_backend.cpp here, or postgresql_backend.cpp.
std::unique_ptr<Store> open_store_of_test(const TemporaryDirectory& directory);
// The same for another host, beside it.
std::unique_ptr<Store> open_store_of_test_beside(const TemporaryDirectory& directory);
// That store takes outcomes of that month from now on; `first`: its first day.
void make_place_for_month(const TemporaryDirectory& directory, const std::string& first);
// How many rows of an import go in one of its transactions.
extern const std::size_t kRowsInTransaction;

// A store with an agent that acts in 2026 for the Supplier that the hub was ordered for.
class StoreFixture {
 public:
  StoreFixture() { reopen(); }

  void reopen(SignHead sign_head = {}) {
    close();
    use(open_store_of_test(directory), std::move(sign_head));
  }
  void use(std::unique_ptr<Store> opened, SignHead sign_head = {}) {
    store = std::move(opened);
    ledger = std::make_unique<dcc::adaptor::Ledger>(*store, std::move(sign_head));
    reader = std::make_unique<Register>(store->reader());
  }

  void close() {
    reader.reset();
    ledger.reset();
    store.reset();
  }

  std::filesystem::path file() const { return directory / "store.db"; }  // of SQLite's

  void fill() {
    users({{kAgent, "SNA", "Active", "Agent"}, {kSupplier, "EIS", "Active", "Supplier"}});
    devices({{kHub, "CHF", "Pending"}});
    orders({{kHub, kSupplier}});
    appointments({{kAgent, kSupplier, "2026-01-01", "2026-12-31"}});
  }

  using Rows = std::vector<support::Row>;
  std::size_t users(const Rows& rows) { return import_rows(Table::users, rows); }
  std::size_t devices(const Rows& rows) { return import_rows(Table::devices, rows); }
  std::size_t orders(const Rows& rows) { return import_rows(Table::orders, rows); }
  std::size_t appointments(const Rows& rows) { return import_rows(Table::appointments, rows); }
  std::size_t import_rows(Table table, const Rows& rows, const Staging::Progress& progress = {}) {
    return support::import_rows(*store, table, rows, progress);
  }

  std::int64_t relations() { return reader->acts_for_any(kAgent.value, 0).revision; }

  // An accepted return of the hub by the agent that rests on what the store holds now.
  Outcome outcome(std::uint64_t counter) {
    Outcome outcome;
    outcome.request_id = {kAgent, kBroker, counter};
    outcome.digest = std::string(32, '\x80');
    outcome.srv = "8.14.3";
    outcome.role = "SNA";
    outcome.device_id = kHub;
    outcome.code = "I99";
    outcome.reason = "accepted";
    outcome.received_at = 1'700'000'000'000;
    outcome.decided_at = 1'700'000'000'001;
    outcome.handler = "ch-returns 1.0.0 abcdef";
    outcome.settings_hash = "0123";
    outcome.items = {{"DeviceID", kHub.text()}, {"AdditionalInformation", "\"\u00A3\"\n<&>"}};
    outcome.request = std::string("<request>\0</request>", 20);
    outcome.response = "<response/>" + std::to_string(counter);
    rest_on(outcome, dcc::host::kUserFact, kAgent.text());
    rest_on(outcome, dcc::host::kDeviceFact, kHub.text());
    rest_on(outcome, dcc::host::kActsFact,
            dcc::host::acts_key(kAgent.value, kHub.value, unix_ms("2026-06-15", kNoon)).value());
    return outcome;
  }

  // Another fact that the outcome was decided by, as it is now.
  void rest_on(Outcome& outcome, std::string_view kind, std::string_view key) {
    outcome.facts.push_back(reader->ask(kind, key));
    outcome.facts.back().used = true;
  }

  CommitResult commit(const Outcome& outcome) { return commit_all({&outcome}).at(0); }
  std::vector<CommitResult> commit_all(const std::vector<const Outcome*>& batch) {
    return ledger->commit(batch);
  }

  std::vector<StoredOutcome> outcomes(Store::Which which = Store::Which::all) {
    return chain().outcomes(which, 0, 1000, true);
  }
  // The one that the ledger commits to.
  dcc::adaptor::Chain& chain() { return *store->chains().front(); }

  TemporaryDirectory directory;
  std::unique_ptr<Store> store;
  std::unique_ptr<dcc::adaptor::Ledger> ledger;
  std::unique_ptr<Register> reader;
};

}  // namespace sample

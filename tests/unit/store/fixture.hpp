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
#include <stdexcept>
#include <string>
#include <vector>

#include "store/sqlite/store.hpp"
#include "store/store.hpp"

namespace sample {

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

// A store with an agent that acts in 2026 for the Supplier that the hub was ordered for.
class StoreFixture {
 public:
  StoreFixture() { reopen(); }

  void reopen(const SqliteOptions& options = {}) {
    reader.reset();
    store.reset();
    store = open_sqlite_store(file(), options);
    reader = store->reader();
  }

  std::filesystem::path file() const { return directory / "store.db"; }

  void fill() {
    users({{kAgent, "SNA", "Active", "Agent"}, {kSupplier, "EIS", "Active", "Supplier"}});
    devices({{kHub, "CHF", "Pending"}});
    orders({{kHub, kSupplier}});
    appointments({{kAgent, kSupplier, "2026-01-01", "2026-12-31"}});
  }

  std::size_t users(const std::vector<UserRow>& rows) { return store->import_users(rows, {}); }
  std::size_t devices(const std::vector<DeviceRow>& rows) {
    return store->import_devices(rows, {});
  }
  std::size_t orders(const std::vector<OrderRow>& rows) { return store->import_orders(rows, {}); }
  std::size_t appointments(const std::vector<AppointmentRow>& rows) {
    return store->import_appointments(rows, {});
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
    outcome.basis.user = reader->user(kAgent);
    const auto device = reader->device(kHub.value);
    outcome.basis.lookups.devices = {
        {kHub.value, device ? std::optional(device->revision) : std::nullopt}};
    outcome.basis.lookups.relations = relations();
    return outcome;
  }

  CommitResult commit(const Outcome& outcome) { return commit_all({&outcome}).at(0); }
  std::vector<CommitResult> commit_all(const std::vector<const Outcome*>& batch) {
    return store->commit(batch);
  }

  std::vector<StoredOutcome> outcomes(Store::Which which = Store::Which::all) {
    return store->outcomes(which, 0, 1000, true);
  }

  TemporaryDirectory directory;
  std::unique_ptr<Store> store;
  std::unique_ptr<StoreReader> reader;
};

}  // namespace sample

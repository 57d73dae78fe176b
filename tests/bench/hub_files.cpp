// SPDX-License-Identifier: Apache-2.0
#include "bench/hub_files.hpp"

#include <algorithm>
#include <bit>
#include <fstream>
#include <iterator>

#include "bench/world.hpp"
#include "support/host_fixture.hpp"

namespace bench {
namespace {

// All numbers below `count` once each, in an order that looks random.
class Shuffled {
 public:
  explicit Shuffled(std::uint64_t count)
      : count_(count), bits_(std::max(2, static_cast<int>(std::bit_width(count)))) {}

  std::uint64_t next() {
    for (;;) {
      const std::uint64_t number = mixed(next_++);
      if (number < count_) return number;
    }
  }

 private:
  // A bijection of the numbers with so many bits: each step can be undone.
  std::uint64_t mixed(std::uint64_t number) const {
    const std::uint64_t mask = (std::uint64_t{1} << bits_) - 1;
    for (const std::uint64_t odd : {0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB}) {
      number = number * odd & mask;
      number ^= number >> bits_ / 2;
    }
    return number;
  }

  const std::uint64_t count_;
  const int bits_;
  std::uint64_t next_ = 0;
};

// Those of other Users than the fixture's.
dcc::duis::Eui64 other_user(std::uint64_t i) {
  return {0x90B3D51F40000000 + i};
}

const char* header(const std::string& table) {
  if (table == "users") return "user_id,role,status,name";
  if (table == "devices") return "device_id,type,status";
  if (table == "orders") return "device_id,supplier_id";
  return "agent_id,supplier_id,valid_from,valid_until";
}

std::string row(const std::string& table, std::uint64_t i, const std::string& supplier) {
  if (table == "users") return other_user(i).text() + ",SNA,Active,Agent " + std::to_string(i);
  if (table == "appointments") return other_user(i).text() + "," + supplier + ",2026-01-01,";
  const std::string hub = World::hub(i).text();
  if (table == "orders") return hub + "," + supplier;
  static_assert(std::size(support::kStatuses) == kStatusesOfHubs);
  return hub + ",CHF," + support::kStatuses[i % kStatusesOfHubs];
}

}  // namespace

std::size_t write_table(const std::string& table, std::size_t hubs, const std::string& supplier,
                        const std::filesystem::path& file) {
  const bool of_hubs = table == "devices" || table == "orders";
  const std::size_t rows = of_hubs ? hubs : hubs / 100;
  std::ofstream out(file, std::ios::binary);
  out << header(table) << '\n';
  Shuffled numbers(rows);
  for (std::size_t i = 0; i < rows; ++i) out << row(table, numbers.next(), supplier) << '\n';
  if (!out.flush()) fail(file.string() + ": cannot be written");
  return rows;
}

void write_devices(std::size_t first, std::size_t count, std::size_t every,
                   const std::filesystem::path& file) {
  std::ofstream out(file, std::ios::binary);
  out << header("devices") << '\n';
  Shuffled numbers(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t number = numbers.next();
    const bool is_commissioned = every > 0 && number % every == 0;
    out << World::hub(first + number).text() << ",CHF,"
        << (is_commissioned ? "Commissioned" : "Pending") << '\n';
  }
  if (!out.flush()) fail(file.string() + ": cannot be written");
}

}  // namespace bench

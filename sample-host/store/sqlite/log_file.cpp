// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite/log_file.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <string>
#include <thread>

#include "store/store.hpp"

namespace sample::sqlite {
namespace {

namespace fs = std::filesystem;

// The head of the file, eight big-endian words (sqlite.org/fileformat2.html, 4.1): magic, version,
// page size, sequence, two of salt, and two of a checksum over the six.
constexpr std::size_t kHeadSize = 32;
constexpr std::size_t kSummed = 6;
constexpr std::uint32_t kMagic = 0x377f0682;  // the last bit: checksums of big-endian words
using Head = std::array<unsigned char, kHeadSize>;

std::uint32_t word(const Head& head, std::size_t index, bool big_endian) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    value = value << 8 | head.at(4 * index + (big_endian ? i : 3 - i));
  }
  return value;
}

bool is_head_of_log(const Head& head) {
  const std::uint32_t magic = word(head, 0, true);
  if ((magic & ~1U) != kMagic) return false;
  const bool big_endian = (magic & 1U) != 0;
  std::uint32_t first = 0;
  std::uint32_t second = 0;
  for (std::size_t i = 0; i < kSummed; i += 2) {
    first += word(head, i, big_endian) + second;
    second += word(head, i + 1, big_endian) + first;
  }
  return word(head, kSummed, true) == first && word(head, kSummed + 1, true) == second;
}

// Whether SQLite will see in it what it has written. A head of zeros was never forced to disk, nor
// was anything after it; the same is true of less than a head.
bool is_readable(const fs::path& log) {
  Head head{};
  std::ifstream in(log, std::ios::binary);
  if (!in.read(reinterpret_cast<char*>(head.data()), kHeadSize)) return true;
  return std::ranges::all_of(head, [](unsigned char octet) { return octet == 0; }) ||
         is_head_of_log(head);
}

}  // namespace

void require_readable_log(const fs::path& database) {
  const fs::path log = database.string() + "-wal";
  std::error_code absent;
  const auto size = fs::file_size(log, absent);
  if (absent || size < kHeadSize) return;
  const auto refuse = [&](const std::string& what) {
    throw StoreError("store " + log.string() + ": " + what + "; its " + std::to_string(size) +
                     " octets may hold committed outcomes: restore both files, or move this one "
                     "away and do without");
  };
  if (fs::file_size(database, absent) == 0) refuse("the database beside it is empty");
  // Another process may be writing the head just now.
  constexpr int kLooks = 3;
  for (int look = 1; !is_readable(log); ++look) {
    if (look == kLooks) refuse("damaged: not a write-ahead log of SQLite");
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

}  // namespace sample::sqlite

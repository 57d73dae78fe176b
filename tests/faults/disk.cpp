// SPDX-License-Identifier: Apache-2.0
#include "disk.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "support/temp_directory.hpp"

namespace faults {
namespace {

// What a disk writes whole or not at all.
constexpr std::uint64_t kSector = 512;

disk_journal* map_journal(const std::filesystem::path& file) {
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  void* mapped = MAP_FAILED;
  if (fd >= 0 && ::ftruncate(fd, DISK_JOURNAL_CAPACITY) == 0) {
    mapped = ::mmap(nullptr, DISK_JOURNAL_CAPACITY, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  }
  const int error = errno;
  if (fd >= 0) ::close(fd);
  if (mapped == MAP_FAILED) throw std::system_error(error, std::generic_category(), file.string());
  return static_cast<disk_journal*>(mapped);
}

void make_mutex(pthread_mutex_t& mutex) {
  pthread_mutexattr_t attributes;
  ::pthread_mutexattr_init(&attributes);
  ::pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  ::pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  ::pthread_mutex_init(&mutex, &attributes);
  ::pthread_mutexattr_destroy(&attributes);
}

}  // namespace

// A write, or a truncation to `at`, for which `size` is 0.
struct Disk::Write {
  std::uint64_t at;
  std::uint64_t size;
  std::uint64_t file_size;  // before it
  std::string_view old;     // the octets that it replaced or cut off
};

Disk::Disk(const std::filesystem::path& journal, std::filesystem::path store)
    : store_(std::move(store)), journal_(map_journal(journal)) {
  make_mutex(journal_->mutex);
  ::setenv(DISK_JOURNAL_FILE, journal.c_str(), 1);
  ::setenv(DISK_STORE_FILE, store_.c_str(), 1);
  ::setenv("LD_PRELOAD", DISK_SHIM, 1);
}

Disk::~Disk() {
  for (const char* name : {DISK_JOURNAL_FILE, DISK_STORE_FILE, "LD_PRELOAD"}) ::unsetenv(name);
  ::munmap(journal_, DISK_JOURNAL_CAPACITY);
}

Disk::Loss Disk::cut(Honesty honesty, std::mt19937_64& random) {
  Loss loss;
  cut_file(store_, unforced(0, honesty), random, loss);
  cut_file(store_.string() + "-wal", unforced(1, honesty), random, loss);
  // What is there now is what is there; nobody may hold the mutex any more, nor wait for it.
  journal_->used = 0;
  make_mutex(journal_->mutex);
  return loss;
}

// In the order of the calls.
std::vector<Disk::Write> Disk::unforced(std::uint32_t file, Honesty honesty) const {
  const char* const records = reinterpret_cast<const char*>(journal_ + 1);
  std::vector<std::pair<std::uint64_t, Write>> all;  // with their places in the journal
  std::uint64_t forced = 0;                          // up to this place
  for (std::uint64_t place = 0; place < journal_->used;) {
    disk_record record;
    std::memcpy(&record, records + place, sizeof record);
    if (record.file == file && record.kind == DISK_SYNC) {
      if (honesty == Honesty::honest) forced = std::max(forced, record.at);
    } else if (record.file == file) {
      all.push_back({place,
                     {record.at,
                      record.size,
                      record.file_size,
                      {records + place + sizeof record, record.old}}});
    }
    place += sizeof record + (record.old + 7) / 8 * 8;
  }
  std::vector<Write> rest;
  for (const auto& [place, write] : all) {
    if (place >= forced) rest.push_back(write);
  }
  return rest;
}

void Disk::cut_file(const std::filesystem::path& file, const std::vector<Write>& writes,
                    std::mt19937_64& random, Loss& loss) {
  if (writes.empty()) return;
  loss.writes += writes.size();
  std::string content = support::read_file(file);
  const std::uint64_t last_size = content.size();
  // Back to what was forced to disk, keeping what each sector was on the way, the latest first.
  std::map<std::uint64_t, std::vector<std::string>> versions;
  for (auto write = writes.rbegin(); write != writes.rend(); ++write) {
    for (auto at = write->at / kSector * kSector; at < write->at + write->size; at += kSector) {
      if (at < content.size()) versions[at].push_back(content.substr(at, kSector));
    }
    content.resize(write->file_size);
    if (!write->old.empty()) content.replace(write->at, write->old.size(), write->old);
  }
  if (random() % 2 == 0) content.resize(last_size);
  loss.sectors += versions.size();
  for (const auto& [at, later] : versions) {
    const std::size_t which = random() % (later.size() + 1);
    if (which != 0) ++loss.lost;
    if (which == later.size() || at >= content.size()) continue;
    const auto size = std::min<std::uint64_t>(later[which].size(), content.size() - at);
    content.replace(at, size, later[which], 0, size);
  }
  support::write_file(file, content);
}

}  // namespace faults

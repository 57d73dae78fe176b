// SPDX-License-Identifier: Apache-2.0
#include "bench/usage.hpp"

#include <linux/magic.h>
#include <sys/statfs.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <string>
#include <string_view>

#include "bench/world.hpp"

namespace bench {
namespace {

double read_clock(clockid_t clock) {
  timespec time{};
  if (::clock_gettime(clock, &time) != 0) fail("no processor time");
  return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) / 1e3;
}

// Of the children that a process has waited for.
double cpu_us_of_ended_children(const std::string& process) {
  std::ifstream in("/proc/" + process + "/stat");
  std::string text;
  std::getline(in, text, ')');  // its number and name
  // From the state on: cutime and cstime (proc(5)).
  for (int i = 0; i < 13; ++i) in >> text;
  double user = 0, system = 0;
  if (!(in >> user >> system)) fail("no such process");
  return (user + system) * 1e6 / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

// The number of KiB behind a name in a file of /proc, in MiB; 0: not there, or private.
double mib_in(const std::string& file, std::string_view name) {
  std::ifstream in(file);
  std::string word;
  double kib = 0;
  while (in >> word) {
    if (word == name && in >> kib) break;
  }
  return kib / 1024;
}

}  // namespace

double cpu_us(pid_t process) {
  clockid_t clock{};
  if (::clock_getcpuclockid(process, &clock) != 0) fail("no such process");
  return read_clock(clock);
}

double cpu_us_of_family(pid_t process) {
  const std::string id = std::to_string(process);
  double all = cpu_us(process) + cpu_us_of_ended_children(id);
  std::ifstream children("/proc/" + id + "/task/" + id + "/children");
  for (pid_t child = 0; children >> child;) {
    clockid_t clock{};
    // It may have ended a moment ago.
    if (::clock_getcpuclockid(child, &clock) == 0) all += read_clock(clock);
  }
  return all;
}

double thread_cpu_us() {
  return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

IoCounts io_of(pid_t process) {
  std::ifstream in("/proc/" + std::to_string(process) + "/io");
  IoCounts counts;
  std::string name;
  for (double number = 0; in >> name >> number;) {
    if (name == "rchar:") counts.read_by_calls = number;
    if (name == "write_bytes:") counts.to_disk = number;
  }
  if (counts.read_by_calls == 0) fail("no such process");
  return counts;
}

Memory memory_of(pid_t process) {
  const std::string directory = "/proc/" + std::to_string(process);
  const Memory memory{mib_in(directory + "/status", "VmRSS:"),
                      mib_in(directory + "/smaps_rollup", "Pss:"),
                      mib_in(directory + "/status", "RssAnon:")};
  if (memory.resident == 0) fail("no such process");
  return memory;
}

unsigned log_restarts(const std::filesystem::path& store) {
  // The checkpoint sequence number: a big-endian word (sqlite.org/fileformat2.html, 4.1).
  constexpr std::streamoff kSequence = 12;
  std::array<unsigned char, 4> octets{};
  std::ifstream in(store.string() + "-wal", std::ios::binary);
  in.seekg(kSequence);
  in.read(reinterpret_cast<char*>(octets.data()), octets.size());
  unsigned number = 0;
  for (const unsigned char octet : octets) number = number << 8 | octet;
  return number;
}

void warn_if_in_memory(const std::filesystem::path& directory) {
  struct statfs system {};
  if (::statfs(directory.c_str(), &system) != 0) fail(directory.string() + ": cannot be looked at");
  if (system.f_type != TMPFS_MAGIC && system.f_type != RAMFS_MAGIC) return;
  std::fprintf(stderr,
               "bench: %s is in memory, where a durable commit costs nothing: --directory\n",
               directory.c_str());
}

}  // namespace bench

// SPDX-License-Identifier: Apache-2.0
//
// What a process uses, as the kernel counts it. Functions are safe from any thread; they end the
// program if the process is gone.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <filesystem>

namespace bench {

// Microseconds of processor time so far, of all threads. 0: this process.
double cpu_us(pid_t process);

// Likewise, of a process and its children, of those that have ended in hundredths of a second.
double cpu_us_of_family(pid_t process);

// Of this thread.
double thread_cpu_us();

// Octets that a process has moved so far.
struct IoCounts {
  double read_by_calls = 0;  // by system calls, from the page cache and from sockets, too
  double to_disk = 0;        // what it made the kernel write there, at once or later
};
IoCounts io_of(pid_t process);

struct Memory {
  double resident = 0;      // MiB
  double proportional = 0;  // MiB; what is shared counts by its share; 0: only root may know
  double anonymous = 0;     // MiB; what is in no file: heap and stacks
};
Memory memory_of(pid_t process);

// How often SQLite has begun its write-ahead log anew, as the log's head says: each time a
// checkpoint had copied all of it into the database.
unsigned log_restarts(const std::filesystem::path& store);

// Says so on standard error if files in the directory are in memory only.
void warn_if_in_memory(const std::filesystem::path& directory);

}  // namespace bench

// SPDX-License-Identifier: Apache-2.0
#include "start_check.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "guard/file_descriptor.hpp"
#include "host/child_process.hpp"
#include "host/error_text.hpp"
#include "stores/stores.hpp"

namespace sample {
namespace {

namespace fs = std::filesystem;
using dcc::guard::FileDescriptor;
using Clock = std::chrono::steady_clock;

// What is said of a damaged store is a line or two.
constexpr std::size_t kMaxText = 4096;

fs::path mark_of(const fs::path& store) {
  return store.string() + "-stopped";
}

// The store's state by what every change of it changes, if all of it is in its file. Empty: not.
std::string state_of(const fs::path& store) {
  struct stat log {};
  if (::stat((store.string() + "-wal").c_str(), &log) == 0 && log.st_size > 0) return {};
  struct stat file {};
  if (::stat(store.c_str(), &file) != 0) return {};
  return fmt::format("{} {} {} {}.{:09}\n", file.st_dev, file.st_ino, file.st_size,
                     file.st_mtim.tv_sec, file.st_mtim.tv_nsec);
}

// Good for one start.
bool take_mark(const fs::path& store) {
  const fs::path mark = mark_of(store);
  std::string text;
  {
    std::ifstream in(mark);
    if (!std::getline(in, text)) return false;
  }
  return ::unlink(mark.c_str()) == 0 && text + '\n' == state_of(store);
}

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

}  // namespace

bool check_store_first(const Config& config) {
  std::error_code error;
  // A server's is not read: that is its own business.
  const std::uintmax_t mib = fs::file_size(config.store_file, error) >> 20U;
  if (error) return false;
  const bool in_peace = take_mark(config.store_file);
  if (!config.check_store_at_start) return false;
  if (in_peace && mib >= config.check_first_mib) return true;
  const auto begin = Clock::now();
  spdlog::info("store: every page is read before the host listens, {} MiB", mib);
  check_store(config.store_url(), Depth::structure);
  spdlog::info("store: whole, read in {:.1f} s", seconds_since(begin));
  return false;
}

StoreReading::StoreReading(const Config& config, std::function<void(const std::string&)> damaged)
    : config_(config) {
  std::array<int, 2> ends{};
  const FileDescriptor nothing(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!nothing || ::pipe2(ends.data(), O_CLOEXEC) != 0) {
    throw std::runtime_error("store: cannot be read beside the host: " +
                             dcc::host::error_text(errno));
  }
  FileDescriptor errors(ends[0]);
  const FileDescriptor its_errors(ends[1]);
  child_ = dcc::host::start_child(fs::read_symlink("/proc/self/exe"),
                                  {"read-store", "--config", config.file.string()}, nothing.get(),
                                  nothing.get(), its_errors.get());
  spdlog::info("store: its pages are read beside the host, for the last one stopped in peace");
  thread_ = std::thread([this, errors = std::move(errors), damaged = std::move(damaged)] {
    wait_for(errors.get(), damaged);
  });
}

StoreReading::~StoreReading() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    if (child_ > 0) ::kill(-child_, SIGKILL);
  }
  thread_.join();
}

void StoreReading::wait_for(int errors, const std::function<void(const std::string&)>& damaged) {
  const auto begin = Clock::now();
  std::string text;
  std::array<char, 512> block;
  for (;;) {
    const ssize_t size = ::read(errors, block.data(), block.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) break;
    if (text.size() < kMaxText) text.append(block.data(), static_cast<std::size_t>(size));
  }
  int status = 0;
  {
    const std::lock_guard lock(mutex_);
    while (::waitpid(child_, &status, 0) < 0 && errno == EINTR) {
    }
    child_ = -1;
    if (ended_) return;
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
    spdlog::info("store: whole, read beside the host in {:.1f} s", seconds_since(begin));
    return;
  }
  damaged(!text.empty() ? text
                        : "store " + config_.store_file.string() + ": the reading of it failed");
}

bool read_store(const Config& config) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // nobody waits for it then
  try {
    check_store(config.store_url(), Depth::structure);
    return true;
  } catch (const StoreError& e) {
    std::fputs(e.what(), stderr);
    return false;
  }
}

void left_in_peace(const Config& config) noexcept {
  try {
    if (config.store_file.empty()) return;
    const std::string state = state_of(config.store_file);
    if (state.empty()) return;
    const fs::path mark = mark_of(config.store_file);
    const FileDescriptor file(
        ::open(mark.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (file.get() < 0) return;
    if (::write(file.get(), state.data(), state.size()) != static_cast<ssize_t>(state.size())) {
      ::unlink(mark.c_str());
    }
  } catch (const std::exception&) {
    // As if there were no mark.
  }
}

}  // namespace sample

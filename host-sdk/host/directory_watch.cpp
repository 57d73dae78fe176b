// SPDX-License-Identifier: Apache-2.0
#include "host/directory_watch.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include "host/file_descriptor.hpp"
#include "host/settling.hpp"

namespace dcc::host {
namespace {

namespace fs = std::filesystem;
using Clock = Settling::Clock;

constexpr std::uint32_t kRenames = IN_MOVED_TO | IN_MOVED_FROM;
constexpr std::uint32_t kGone = IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT;
constexpr std::uint32_t kEvents = kRenames | IN_DELETE_SELF | IN_MOVE_SELF | IN_CREATE | IN_MODIFY |
                                  IN_CLOSE_WRITE | IN_DELETE | IN_ATTRIB | IN_ONLYDIR;

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

struct Directory {
  fs::path path;
  int watch = -1;         // of inotify; -1: not watched
  bool reported = false;  // that it cannot be watched
};

}  // namespace

class DirectoryWatch::Impl {
 public:
  explicit Impl(Options options)
      : options_(std::move(options)),
        settling_(options_.times),
        inotify_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)),
        stop_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    if (!inotify_) fail("inotify_init1");
    if (!stop_) fail("eventfd");
    for (const fs::path& path : options_.directories) directories_.push_back({path, -1, false});
    watch_directories();
    thread_ = std::thread([this] { run(); });
  }

  ~Impl() {
    const std::uint64_t one = 1;
    while (::write(stop_.get(), &one, sizeof one) < 0 && errno == EINTR) continue;
    thread_.join();
  }

 private:
  void run() {
    for (;;) {
      std::array<pollfd, 2> files{{{inotify_.get(), POLLIN, 0}, {stop_.get(), POLLIN, 0}}};
      ::poll(files.data(), files.size(), poll_time());
      if (files[1].revents != 0) return;
      read_events();
      watch_directories();
      if (const auto due = settling_.due(); due && *due <= Clock::now()) {
        settling_.reset();
        options_.changed();
      }
    }
  }

  int poll_time() const {
    std::optional<Clock::time_point> wake = settling_.due();
    if (std::ranges::any_of(directories_, [](const Directory& d) { return d.watch < 0; })) {
      wake = std::min(wake.value_or(next_try_), next_try_);
    }
    if (!wake) return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*wake - Clock::now());
    return static_cast<int>(std::max(left, std::chrono::milliseconds(0)).count());
  }

  void read_events() {
    alignas(inotify_event) std::array<char, 16 << 10> buffer;
    for (;;) {
      const ssize_t size = ::read(inotify_.get(), buffer.data(), buffer.size());
      if (size < 0 && errno == EINTR) continue;
      if (size <= 0) return;
      std::string_view rest(buffer.data(), static_cast<std::size_t>(size));
      while (rest.size() >= sizeof(inotify_event)) {
        inotify_event event;
        std::memcpy(&event, rest.data(), sizeof event);
        // The kernel pads the name with NULs.
        const char* name = event.len == 0 ? "" : rest.data() + sizeof event;
        take(event, name);
        rest.remove_prefix(sizeof event + event.len);
      }
    }
  }

  void take(const inotify_event& event, const std::string& name) {
    if ((event.mask & IN_Q_OVERFLOW) != 0) return settling_.event(Clock::now());
    const auto directory = std::ranges::find(directories_, event.wd, &Directory::watch);
    if (directory == directories_.end()) return;
    if ((event.mask & (kGone | IN_IGNORED)) != 0) {
      forget(event.wd);
      return settling_.event(Clock::now());
    }
    if (!matters(name) && (event.mask & kRenames) == 0) return;
    settling_.event(Clock::now());
    const std::string file = (directory->path / name).string();
    if ((event.mask & IN_MODIFY) != 0) {
      settling_.modified(file);
    } else if ((event.mask & (IN_CLOSE_WRITE | IN_DELETE | kRenames)) != 0) {
      settling_.closed(file);
    }
  }

  // An event without a name is the directory's own, such as new permissions.
  bool matters(const std::string& name) const {
    return name.empty() || std::ranges::any_of(options_.suffixes, [&](const std::string& suffix) {
             return name.ends_with(suffix);
           });
  }

  // The directory is another one now, or none; two paths may have meant the same.
  void forget(int watch) {
    ::inotify_rm_watch(inotify_.get(), watch);
    for (Directory& directory : directories_) {
      if (directory.watch == watch) directory.watch = -1;
    }
  }

  void watch_directories() {
    const auto now = Clock::now();
    for (Directory& directory : directories_) {
      if (directory.watch >= 0 || (directory.reported && now < next_try_)) continue;
      directory.watch = ::inotify_add_watch(inotify_.get(), directory.path.c_str(), kEvents);
      if (directory.watch >= 0) {
        if (std::exchange(directory.reported, false)) settling_.event(now);
      } else {
        next_try_ = now + options_.retry;
        if (std::exchange(directory.reported, true)) continue;
        options_.problem(directory.path.string() + " cannot be watched: " +
                         std::generic_category().message(errno) + "; it is tried again");
      }
    }
  }

  const Options options_;
  Settling settling_;
  const FileDescriptor inotify_;
  const FileDescriptor stop_;
  std::vector<Directory> directories_;
  Clock::time_point next_try_{};
  std::thread thread_;
};

DirectoryWatch::DirectoryWatch(Options options)
    : impl_(std::make_unique<Impl>(std::move(options))) {}

DirectoryWatch::~DirectoryWatch() = default;

}  // namespace dcc::host

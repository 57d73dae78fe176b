// SPDX-License-Identifier: Apache-2.0
#include "host/watched_paths.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <deque>
#include <system_error>

#include "host/error_text.hpp"

namespace dcc::host {
namespace {

using guard::FileDescriptor;
namespace fs = std::filesystem;

constexpr std::uint32_t kWay =
    IN_CREATE | IN_DELETE | IN_MOVE | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF;
constexpr std::uint32_t kFiles = kWay | IN_MODIFY | IN_CLOSE_WRITE;
// A directory may be on one way and at the end of another: what is asked of it adds up.
constexpr std::uint32_t kFlags = IN_ONLYDIR | IN_MASK_ADD;
constexpr int kMaxLinks = 40;  // as the kernel's own

std::int64_t nanoseconds(const timespec& time) {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

WatchedPaths::Stamp stamp_of(const struct stat& status) {
  WatchedPaths::Stamp stamp{status.st_dev, status.st_ino, status.st_mode, status.st_uid, 0, 0, 0};
  if (!S_ISDIR(status.st_mode)) {
    stamp.size = status.st_size;
    stamp.modified = nanoseconds(status.st_mtim);
    stamp.changed = nanoseconds(status.st_ctim);
  }
  return stamp;
}

// The kernel has one number for "too many of these" and for "too many descriptors".
std::string why_no_inotify(int error) {
  if (error == EMFILE && FileDescriptor(::open("/", O_PATH | O_CLOEXEC))) {
    return "the limit fs.inotify.max_user_instances (sysctl) is reached";
  }
  return "inotify: " + error_text(error);
}

void put_in_front(const fs::path& path, std::deque<std::string>& names) {
  const fs::path relative = path.relative_path();
  std::vector<std::string> parts(relative.begin(), relative.end());
  names.insert(names.begin(), parts.begin(), parts.end());
}

}  // namespace

WatchedPaths::WatchedPaths(std::vector<fs::path> directories, std::vector<std::string> suffixes)
    : directories_(std::move(directories)), suffixes_(std::move(suffixes)) {}

std::optional<std::string> WatchedPaths::stem_of(const std::string& name) const {
  if (name.starts_with('.')) return std::nullopt;
  for (const std::string& suffix : suffixes_) {
    if (name.ends_with(suffix)) return name.substr(0, name.size() - suffix.size());
  }
  return std::nullopt;
}

WatchedPaths::View WatchedPaths::look() {
  if (!inotify_) {
    inotify_ = FileDescriptor(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
    no_inotify_ = inotify_ ? std::string() : why_no_inotify(errno);
  }
  View view;
  next_.clear();
  for (const fs::path& directory : directories_) look_at(directory, view);
  for (const auto& [number, unused] : watched_) {
    if (!next_.contains(number)) ::inotify_rm_watch(inotify_.get(), number);
  }
  watched_.swap(next_);
  return view;
}

void WatchedPaths::look_at(const fs::path& directory, View& view) {
  failure_.clear();
  const auto real = follow("/", fs::absolute(directory), "");
  struct stat status {};
  if (!real || ::stat(real->c_str(), &status) != 0) {
    view.problems.push_back(directory.string() + " cannot be watched: " + error_text(errno) +
                            "; it is tried again");
    return;
  }
  view.stamps[{std::string(), directory}] = stamp_of(status);
  if (Watched* watched = watch(*real, kFiles)) {
    watched->configured = true;
  } else if (failure_.empty()) {
    failure_ = error_text(errno);
  }
  look_at_files(directory, *real, view);
  if (failure_.empty()) return;
  view.problems.push_back(directory.string() + " cannot be watched: " + failure_ +
                          "; it is looked at from time to time instead");
}

void WatchedPaths::look_at_files(const fs::path& directory, const fs::path& real, View& view) {
  std::error_code error;
  for (fs::directory_iterator it(real, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    const auto stem = stem_of(name);
    if (!stem) continue;
    struct stat status {};
    if (::lstat(it->path().c_str(), &status) != 0) continue;
    if (S_ISLNK(status.st_mode)) {
      follow(real, name, *stem);
      ::stat(it->path().c_str(), &status);  // one that leads nowhere is there as a link
    }
    view.stamps[{*stem, directory / name}] = stamp_of(status);
  }
}

// The path without symbolic links that `path` has below `from`, which has none; nothing: it leads
// nowhere, and errno says why. Each directory is watched before it is asked, so that nothing that
// changes in between is missed.
std::optional<fs::path> WatchedPaths::follow(fs::path from, const fs::path& path,
                                             const std::string& stem) {
  std::deque<std::string> names;
  put_in_front(path, names);
  int links = 0;
  while (!names.empty()) {
    const std::string name = std::move(names.front());
    names.pop_front();
    if (name.empty() || name == ".") continue;
    if (name == "..") {
      from = from.parent_path();
      continue;
    }
    const bool file = names.empty() && !stem.empty();
    if (Watched* directory = watch(from, file ? kFiles : kWay)) {
      auto& stems = directory->names[name];
      if (file) stems.insert(stem);
    }
    struct stat status {};
    const fs::path next = from / name;
    if (::lstat(next.c_str(), &status) != 0) return std::nullopt;
    if (!S_ISLNK(status.st_mode)) {
      from = next;
      continue;
    }
    std::error_code error;
    const fs::path target = fs::read_symlink(next, error);
    if (error || ++links > kMaxLinks) {
      errno = error ? error.value() : ELOOP;
      return std::nullopt;
    }
    if (target.is_absolute()) from = "/";
    put_in_front(target, names);
  }
  return from;
}

// Null: it cannot be watched, and errno says why. That a directory on the way may be passed but not
// read is no failure: it is looked at.
WatchedPaths::Watched* WatchedPaths::watch(const fs::path& real, std::uint32_t events) {
  if (!inotify_) {
    failure_ = no_inotify_;
    return nullptr;
  }
  const int number = ::inotify_add_watch(inotify_.get(), real.c_str(), events | kFlags);
  if (number < 0) {
    if (errno == ENOSPC) failure_ = "the limit fs.inotify.max_user_watches (sysctl) is reached";
    return nullptr;
  }
  Watched& watched = next_[number];
  watched.path = real;
  return &watched;
}

WatchedPaths::Events WatchedPaths::read() {
  Events events;
  alignas(inotify_event) std::array<char, 16 << 10> buffer;
  while (inotify_) {
    const ssize_t size = ::read(inotify_.get(), buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) break;
    std::string_view rest(buffer.data(), static_cast<std::size_t>(size));
    while (rest.size() >= sizeof(inotify_event)) {
      inotify_event event;
      std::memcpy(&event, rest.data(), sizeof event);
      // The kernel pads the name with NULs.
      const char* name = event.len == 0 ? "" : rest.data() + sizeof event;
      take(event, name, events);
      rest.remove_prefix(sizeof event + event.len);
    }
  }
  return events;
}

void WatchedPaths::take(const inotify_event& event, const std::string& name, Events& events) {
  events.lost |= (event.mask & IN_Q_OVERFLOW) != 0;
  const auto at = watched_.find(event.wd);
  if (at == watched_.end()) return;
  if ((event.mask & IN_IGNORED) != 0) watched_.erase(at);
  if (name.empty() || (event.mask & IN_IGNORED) != 0) {
    events.look = true;  // the directory itself has changed, moved or gone
    return;
  }
  const Watched& directory = at->second;
  std::set<std::string> stems;
  const auto named = directory.names.find(name);
  if (named != directory.names.end()) stems = named->second;
  const auto stem = directory.configured ? stem_of(name) : std::nullopt;
  if (stem) stems.insert(*stem);
  if (stems.empty() && named == directory.names.end()) return;

  auto kind = News::Kind::changed;
  if ((event.mask & IN_MODIFY) != 0) kind = News::Kind::being_written;
  if ((event.mask & (IN_CLOSE_WRITE | IN_DELETE | IN_MOVE)) != 0) kind = News::Kind::closed;
  const std::string file = (directory.path / name).string();
  for (const std::string& each : stems) events.news.push_back({each, file, kind});
  events.look |= (event.mask & (IN_CREATE | IN_DELETE | IN_MOVE | IN_ATTRIB)) != 0;
}

}  // namespace dcc::host

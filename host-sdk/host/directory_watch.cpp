// SPDX-License-Identifier: Apache-2.0
#include "host/directory_watch.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <system_error>
#include <thread>
#include <utility>

#include "guard/file_descriptor.hpp"
#include "host/watched_paths.hpp"

namespace dcc::host {
namespace {

using guard::FileDescriptor;
using Clock = Settling::Clock;

}  // namespace

class DirectoryWatch::Impl {
 public:
  explicit Impl(Options options)
      : options_(std::move(options)),
        paths_(options_.directories, options_.suffixes),
        stop_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    if (!stop_) throw std::system_error(errno, std::generic_category(), "eventfd");
    keep(paths_.look());
    thread_ = std::thread([this] { run(); });
  }

  ~Impl() {
    const std::uint64_t one = 1;
    while (::write(stop_.get(), &one, sizeof one) < 0 && errno == EINTR) continue;
    thread_.join();
  }

 private:
  // A plugin's files that have changed.
  struct Pending {
    Settling settling;
    // By events, which also say when a file is closed. Else only looks tell: the change is complete
    // when one finds nothing new.
    bool told;
  };

  void run() {
    for (;;) {
      std::array<pollfd, 2> files{{{paths_.descriptor(), POLLIN, 0}, {stop_.get(), POLLIN, 0}}};
      ::poll(files.data(), files.size(), poll_time());
      if (files[1].revents != 0) return;
      const WatchedPaths::Events events = paths_.read();
      for (const WatchedPaths::News& news : events.news) take(news);
      if (events.look || events.lost || Clock::now() >= next_look_) look(events.look);
      if (any_due()) {
        look(false);  // what looks as if it were complete may just have changed
        report();
      }
    }
  }

  int poll_time() const {
    Clock::time_point wake = next_look_;
    for (const auto& [stem, pending] : pending_) {
      wake = std::min(wake, pending.settling.due().value_or(wake));
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(wake - Clock::now());
    return static_cast<int>(std::max(left, std::chrono::milliseconds(0)).count());
  }

  void take(const WatchedPaths::News& news) {
    Pending& pending = pending_.try_emplace(news.stem, told()).first->second;
    if (!pending.told) pending = told();
    pending.settling.event(Clock::now());
    using Kind = WatchedPaths::News::Kind;
    if (news.kind == Kind::being_written) pending.settling.modified(news.file);
    if (news.kind == Kind::closed) pending.settling.closed(news.file);
  }

  // `led`: by an event.
  void look(bool led) {
    WatchedPaths::View view = paths_.look();
    for (const auto& [key, stamp] : view.stamps) {
      const auto before = stamps_.find(key);
      if (before == stamps_.end() || before->second != stamp) found(key.first, led);
    }
    for (const auto& [key, stamp] : stamps_) {
      if (!view.stamps.contains(key)) found(key.first, led);
    }
    keep(std::move(view));
  }

  void found(const std::string& stem, bool led) {
    const auto [at, is_new] = pending_.try_emplace(stem, led ? told() : untold());
    if (is_new || !at->second.told) at->second.settling.event(Clock::now());
  }

  void keep(WatchedPaths::View view) {
    stamps_ = std::move(view.stamps);
    next_look_ = Clock::now() + options_.look;
    if (view.problems == problems_) return;
    problems_ = std::move(view.problems);
    if (options_.problems) options_.problems(problems_);
  }

  bool any_due() const {
    const auto now = Clock::now();
    return std::ranges::any_of(pending_, [&](const auto& entry) {
      const auto due = entry.second.settling.due();
      return due && *due <= now;
    });
  }

  void report() {
    const auto now = Clock::now();
    const auto complete = std::erase_if(pending_, [&](const auto& entry) {
      const auto due = entry.second.settling.due();
      return due && *due <= now;
    });
    if (complete == 0) return;
    std::set<std::string> unfinished;
    for (const auto& [stem, pending] : pending_) {
      if (!stem.empty()) unfinished.insert(stem);
    }
    options_.changed(unfinished);
  }

  Pending told() const { return {Settling(options_.times), true}; }
  Pending untold() const {
    return {Settling({options_.look, options_.times.writing, options_.times.writing}), false};
  }

  const Options options_;
  WatchedPaths paths_;
  const FileDescriptor stop_;
  WatchedPaths::Stamps stamps_;  // as of the last look
  std::vector<std::string> problems_;
  std::map<std::string, Pending> pending_;  // by stem; empty: a directory itself
  Clock::time_point next_look_{};
  std::thread thread_;
};

DirectoryWatch::DirectoryWatch(Options options)
    : impl_(std::make_unique<Impl>(std::move(options))) {}

DirectoryWatch::~DirectoryWatch() = default;

}  // namespace dcc::host

// SPDX-License-Identifier: Apache-2.0
//
// Tells when files of some directories have changed and the change is complete: Linux inotify, with
// the patience that copying programs and editors need. For host authors who want a dropped file to
// go live by itself; what to do about a change is theirs (PluginDirectory::reload).
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "host/settling.hpp"

namespace dcc::host {

class DirectoryWatch {
 public:
  struct Options {
    std::vector<std::filesystem::path> directories;
    // Files that matter, by the end of their name. A rename into or out of a directory always does:
    // that is how whole trees are switched.
    std::vector<std::string> suffixes{".so", ".ini"};
    // Called some time after a change, once for all that came close together. Also once when a
    // directory that was not there comes, or one that was goes.
    std::function<void()> changed;
    // One line: a directory cannot be watched, and why. Said once until it can; it is tried again
    // every `retry`.
    std::function<void(const std::string&)> problem;
    Settling::Times times;
    std::chrono::milliseconds retry{1'000};
  };

  // Watches when it returns: what changes from then on is reported. The callbacks run in a thread
  // of the watch's own (`problem` before that in the caller's), one at a time, and must not throw.
  // Throws std::system_error if there is no inotify to be had (limits of the system).
  explicit DirectoryWatch(Options options);
  // No callback runs when it returns. Not to be called by a callback.
  ~DirectoryWatch();
  DirectoryWatch(const DirectoryWatch&) = delete;
  DirectoryWatch& operator=(const DirectoryWatch&) = delete;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace dcc::host

// SPDX-License-Identifier: Apache-2.0
//
// Tells when files of some directories have changed and the change is complete, with the patience
// that copying programs and editors need. For host authors who want a dropped file to go live by
// itself; what to do about a change is theirs (PluginDirectory::reload).
//
// What is watched is the path, with everything on the way to it: directories above, symbolic links
// to directories and files, mounts. Linux inotify tells at once; what it does not tell (a mount, a
// file server's files, limits of the system) is found by a look at all of it, three times a second.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "host/settling.hpp"

namespace dcc::host {

class DirectoryWatch {
 public:
  struct Options {
    std::vector<std::filesystem::path> directories;
    // Files that matter, by the end of their name, which begins with no dot. What stands before it,
    // the stem, is the plugin: its files settle together, and no other plugin waits for them.
    std::vector<std::string> suffixes{".so", ".ini"};
    // Called some time after a change, once for all that came close together, with the stems whose
    // change is not complete. Also when a directory comes, goes or is another one.
    std::function<void(const std::set<std::string>& unfinished)> changed;
    // Called when that changes: which directories cannot be watched, and why, a line each. They are
    // looked at all the same, and are watched as soon as they can be. May be empty.
    std::function<void(const std::vector<std::string>& lines)> problems;
    Settling::Times times;
    std::chrono::milliseconds look{300};  // from one look at everything to the next
  };

  // Watches when it returns: what changes from then on is reported. The callbacks run in a thread
  // of the watch's own (`problems` before that in the caller's), one at a time, and must not throw.
  // Throws std::system_error if the process has no descriptor left.
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

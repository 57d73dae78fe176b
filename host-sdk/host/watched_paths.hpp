// SPDX-License-Identifier: Apache-2.0
//
// The directories that a DirectoryWatch was given, as the paths that they are: each look follows
// them anew, so that a symbolic link, a parent or a mount that is another one now is seen. inotify,
// where it can be had, says when to look, and which file is being written. One thread at a time.
#pragma once

#include <sys/inotify.h>
#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "guard/file_descriptor.hpp"

namespace dcc::host {

class WatchedPaths {
 public:
  // Tells one state of a file from another. Of a directory only what does not change with its
  // files.
  struct Stamp {
    dev_t device = 0;
    ino_t inode = 0;
    mode_t mode = 0;
    uid_t owner = 0;
    off_t size = 0;
    std::int64_t modified = 0, changed = 0;  // nanoseconds
    bool operator==(const Stamp&) const = default;
  };
  // By stem of the file's name (empty: a directory itself) and path as configured.
  using Stamps = std::map<std::pair<std::string, std::filesystem::path>, Stamp>;

  struct View {
    Stamps stamps;
    // One line per directory that cannot be watched, and why.
    std::vector<std::string> problems;
  };

  // What events say of one file.
  struct News {
    enum class Kind { changed, being_written, closed };
    std::string stem;
    std::string file;
    Kind kind;
  };

  WatchedPaths(std::vector<std::filesystem::path> directories, std::vector<std::string> suffixes);

  // Follows every path, watches every directory on the way, and says what is there.
  View look();

  // Readable when there are events; negative: no inotify.
  int descriptor() const { return inotify_.get(); }
  struct Events {
    std::vector<News> news;
    bool look = false;  // some path may lead elsewhere now
    bool lost = false;  // there were more events than the kernel keeps
  };
  Events read();

  // The stem of a file that matters; nothing: it does not.
  std::optional<std::string> stem_of(const std::string& name) const;

 private:
  struct Watched {
    std::filesystem::path path;
    bool configured = false;  // one of the directories, whose files matter by their names
    // Names on the way to something else, and the stems of what they are the last name of.
    std::map<std::string, std::set<std::string>> names;
  };
  using WatchedByNumber = std::map<int, Watched>;

  void look_at(const std::filesystem::path& directory, View& view);
  void look_at_files(const std::filesystem::path& directory, const std::filesystem::path& real,
                     View& view);
  std::optional<std::filesystem::path> follow(std::filesystem::path from,
                                              const std::filesystem::path& path,
                                              const std::string& stem);
  Watched* watch(const std::filesystem::path& real, std::uint32_t events);
  void take(const inotify_event& event, const std::string& name, Events& events);

  const std::vector<std::filesystem::path> directories_;
  const std::vector<std::string> suffixes_;
  guard::FileDescriptor inotify_{-1};
  std::string no_inotify_;  // why there is none
  WatchedByNumber watched_, next_;
  std::string failure_;  // the first of the look at one directory
};

}  // namespace dcc::host

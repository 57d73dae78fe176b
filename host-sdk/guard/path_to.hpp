// SPDX-License-Identifier: Apache-2.0
//
// Private to the SDK's libraries: who may change where a path leads, and what is there. Header
// only, because both have files to guard and neither needs the other. Safe from any thread.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace dcc::guard {

// Why somebody else than root and this process's user could put something else in the place of
// `path`: a directory or a symbolic link on the way, those to a link's target included, belongs to
// him, or he may write the directory. In a sticky directory of root's, such as /tmp, nobody can
// rename what belongs to another. Empty: nobody can, or the path leads nowhere. The last
// component's own owner and mode are for the caller, who opens it.
inline std::string changeable_by_others(const std::filesystem::path& path) {
  namespace fs = std::filesystem;
  constexpr int kMaxLinks = 40;  // Linux follows no more
  std::vector<fs::path> ahead;   // what is still to come, the next one last
  const auto go_on_with = [&ahead](const fs::path& way) {
    const std::vector<fs::path> parts(way.begin(), way.end());
    ahead.insert(ahead.end(), parts.rbegin(), parts.rend());
  };
  std::error_code error;
  go_on_with(fs::absolute(path, error));
  fs::path at;
  for (int links = 0; !error && !ahead.empty();) {
    const fs::path name = std::exchange(ahead.back(), {});
    ahead.pop_back();
    if (name.empty() || name == ".") continue;
    at = name == ".." ? at.parent_path() : at / name;  // an absolute one begins anew
    struct stat status {};
    if (::lstat(at.c_str(), &status) != 0) return {};
    const bool is_link = S_ISLNK(status.st_mode);
    if (ahead.empty() && !is_link) return {};
    if (status.st_uid != 0 && status.st_uid != ::geteuid())
      return at.string() + ", on the way there, belongs to user " + std::to_string(status.st_uid) +
             ", expected root or user " + std::to_string(::geteuid());
    if (is_link) {
      if (++links > kMaxLinks) return {};
      go_on_with(fs::read_symlink(at, error));
      at = at.parent_path();
      continue;
    }
    const bool is_sticky = (status.st_mode & S_ISVTX) != 0 && status.st_uid == 0;
    if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0 && !is_sticky)
      return at.string() +
             ", on the way there, may be written by its group or by others, expected by its owner "
             "only";
  }
  return {};
}

// Would this process be let make, or change, something in the directory? If not, errno says why.
inline bool may_write(const std::filesystem::path& directory) {
  return ::faccessat(AT_FDCWD, directory.c_str(), W_OK | X_OK, AT_EACCESS) == 0;
}

}  // namespace dcc::guard

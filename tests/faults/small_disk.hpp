// SPDX-License-Identifier: Apache-2.0
//
// A file system of four megabytes, which this process and those that it starts see in a mount
// namespace of their own; it needs root or user namespaces. Gone with the object. For a thread that
// is alone in its process when it mounts.
#pragma once

#include <filesystem>
#include <memory>

namespace faults {

class SmallDisk {
 public:
  // Over an empty directory; nothing: this process may not.
  static std::unique_ptr<SmallDisk> mount(const std::filesystem::path& directory);
  ~SmallDisk();
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  // Leaves not an octet, or takes that back.
  void fill();
  void make_room();
  // Nobody may have a file on it open to write.
  void make_read_only(bool read_only);

 private:
  explicit SmallDisk(std::filesystem::path directory) : directory_(std::move(directory)) {}

  const std::filesystem::path directory_;
};

}  // namespace faults

// SPDX-License-Identifier: Apache-2.0
//
// A listening Unix socket in the file system: what may stand in its place, who may connect, and
// that it goes with its owner.
#pragma once

#include <sys/types.h>

#include <filesystem>

#include "guard/file_descriptor.hpp"

namespace dcc::host {

// The longest path that a Unix socket can have.
inline constexpr std::size_t kMaxSocketPath = 107;

// Throws std::runtime_error if no socket can stand at `path`, whoever may listen there now: its
// directory does not belong to root or this process's user, or others may write it; the path is too
// long; a file that is no socket is in its place. Changes nothing.
void check_socket_place(const std::filesystem::path& path);

class UnixListener {
 public:
  // Listens at `path`, whose directory must belong to root or to this process's user and be
  // writable by nobody else. A socket that nobody listens on any more is replaced. `mode`: who may
  // connect. Throws std::runtime_error, which names the path and what is wrong.
  UnixListener(const std::filesystem::path& path, mode_t mode);
  // Removes the path, if it still is this socket.
  ~UnixListener();
  UnixListener(const UnixListener&) = delete;
  UnixListener& operator=(const UnixListener&) = delete;

  // The descriptor; the caller's to close.
  int release();

 private:
  const std::filesystem::path path_;
  guard::FileDescriptor fd_{-1};
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

}  // namespace dcc::host

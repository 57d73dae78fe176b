// SPDX-License-Identifier: Apache-2.0
//
// Told once, or by SIGTERM or SIGINT, and seen by whoever waits for a descriptor: the program is to
// end. Safe from any thread.
#pragma once

#include "guard/file_descriptor.hpp"

namespace dcc::foreign {

class StopSignal {
 public:
  // Blocks the two signals in the caller's thread, and so in those that it starts: to be made
  // before them. Throws std::system_error: no descriptor is left.
  StopSignal();

  void tell() const noexcept;
  bool is_told() const noexcept;

  // Waits until `fd` is ready for `events` of poll(), or has ended. False: the program is to end,
  // and it is not ready.
  bool wait_for(int fd, short events) const noexcept;
  // Waits until it is told.
  void wait() const noexcept;

 private:
  // True: `fd` is ready; of one below zero: it is told.
  bool poll(int fd, short events, int milliseconds) const noexcept;

  guard::FileDescriptor event_;
  guard::FileDescriptor signals_;  // never read, so that everybody sees them
};

}  // namespace dcc::foreign

// SPDX-License-Identifier: Apache-2.0
//
// Told once, seen by whoever waits for a descriptor: the program is to end. Safe from any thread.
#pragma once

#include "guard/file_descriptor.hpp"

namespace dcc::foreign {

class StopSignal {
 public:
  // Throws std::system_error: no descriptor is left.
  StopSignal();

  // May be called by a signal's handler.
  void tell() const noexcept;
  bool is_told() const noexcept;

  // Waits until `fd` is ready for `events` of poll(), or has ended. False: the program is to end,
  // and it is not ready.
  bool wait_for(int fd, short events) const noexcept;
  // Waits until it is told.
  void wait() const noexcept;

 private:
  guard::FileDescriptor event_;
};

}  // namespace dcc::foreign

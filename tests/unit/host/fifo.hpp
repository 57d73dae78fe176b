// SPDX-License-Identifier: Apache-2.0
//
// For tests of processes that must be gone.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <string>

#include "guard/file_descriptor.hpp"
#include "plugin_host.hpp"

namespace host_test {

// A FIFO whose writers can be waited for.
class Fifo {
 public:
  Fifo() {
    REQUIRE(::mkfifo(path().c_str(), S_IRUSR | S_IWUSR) == 0);
    reader_ = dcc::guard::FileDescriptor(::open(path().c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    REQUIRE(reader_);
  }
  std::string path() const { return directory_.path() / "fifo"; }
  // Has somebody opened it for writing, and has everybody who did gone since? Waits for that.
  bool abandoned() const {
    pollfd event{reader_.get(), POLLIN, 0};
    constexpr int kPatience = 300'000;
    return ::poll(&event, 1, kPatience) == 1 && (event.revents & POLLHUP) != 0;
  }

 private:
  TemporaryDirectory directory_;
  dcc::guard::FileDescriptor reader_{-1};
};

}  // namespace host_test

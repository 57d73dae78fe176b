// SPDX-License-Identifier: Apache-2.0
#include "host/settling.hpp"

#include <catch2/catch.hpp>

using dcc::host::Settling;
using std::chrono::milliseconds;

namespace {

const Settling::Times kTimes{milliseconds(50), milliseconds(400), milliseconds(10'000)};

Settling::Clock::time_point at(int ms) {
  return Settling::Clock::time_point(milliseconds(ms));
}

}  // namespace

TEST_CASE("nothing is due before anything has happened") {
  CHECK_FALSE(Settling(kTimes).due());
}

TEST_CASE("a change is due when it has been quiet for a moment") {
  Settling settling(kTimes);
  settling.event(at(0));
  CHECK(settling.due() == at(50));
  settling.event(at(40));
  CHECK(settling.due() == at(90));
  settling.reset();
  CHECK_FALSE(settling.due());
}

TEST_CASE("a directory that is never quiet does not wait for ever") {
  Settling settling(kTimes);
  for (int ms = 0; ms < 1000; ms += 30) settling.event(at(ms));
  CHECK(settling.due() == at(400));
}

TEST_CASE("a file that is being written keeps the change waiting until it is closed") {
  Settling settling(kTimes);
  settling.event(at(0));
  settling.modified("a");
  settling.event(at(3000));
  settling.modified("a");
  CHECK(settling.due() == at(13'000));
  settling.event(at(3100));
  CHECK(settling.due() == at(13'100));
  settling.event(at(5000));
  settling.closed("a");
  CHECK(settling.due() == at(5050));
  // What follows it still counts to the same change.
  settling.event(at(5040));
  CHECK(settling.due() == at(5090));
}

TEST_CASE("two files that are being written are both waited for") {
  Settling settling(kTimes);
  settling.event(at(0));
  settling.modified("a");
  settling.event(at(1));
  settling.modified("b");
  settling.event(at(2));
  settling.closed("a");
  CHECK(settling.due() == at(10'002));
  settling.event(at(3));
  settling.closed("b");
  CHECK(settling.due() == at(53));
}

TEST_CASE("a writer that never closes its file is waited for once") {
  Settling settling(kTimes);
  settling.event(at(0));
  settling.modified("a");
  CHECK(settling.due() == at(10'000));
  settling.reset();
  settling.event(at(20'000));
  CHECK(settling.due() == at(20'050));
}

// SPDX-License-Identifier: Apache-2.0
//
// A program that obeys its limits, as the SDK's do, and then becomes the one that it is told to be,
// with the arguments that follow: so that any program shows them.
#include <unistd.h>

#include <exception>
#include <iostream>

#include "host/child_limits.hpp"

int main(int, char** argv) {
  try {
    dcc::host::obey_limits();
    ::execv(argv[1], argv + 1);
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
  }
  return 126;
}

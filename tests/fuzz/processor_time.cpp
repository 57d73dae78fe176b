// SPDX-License-Identifier: Apache-2.0
//
// Ends a fuzz target when it has used so much processor time: $DCC_FUZZ_CPU_SECONDS. libFuzzer
// itself only knows the clock on the wall, which on a busy machine says little about what was
// tried. It takes SIGUSR1 as the request to finish and to print what it has done.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  const char* seconds = std::getenv("DCC_FUZZ_CPU_SECONDS");
  if (seconds == nullptr) return 0;
  sigevent event{};
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = SIGUSR1;
  timer_t timer{};
  itimerspec when{};
  when.it_value.tv_sec = std::strtol(seconds, nullptr, 10);
  if (timer_create(CLOCK_PROCESS_CPUTIME_ID, &event, &timer) != 0 ||
      timer_settime(timer, 0, &when, nullptr) != 0) {
    std::perror("DCC_FUZZ_CPU_SECONDS");
    std::exit(2);
  }
  return 0;
}

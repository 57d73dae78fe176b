# SPDX-License-Identifier: Apache-2.0
#
# dcc_portable(TARGET): a program or shared object that runs on every Linux with glibc 2.34, whatever
# was there when it was built: the C++ run-time is inside, but for libgcc_s, of which a process has one,
# and what is not used is left out, and with it the newest functions of the C library that libstdc++
# calls from there. tests/unit/foreign/platforms_test.cpp reads what came of it.
function(dcc_portable target)
  target_link_options(${target} PRIVATE -Wl,--gc-sections -Wl,--as-needed)
  if(NOT DCC_SANITIZE)  # whose run-time wants the shared libstdc++
    target_link_options(${target} PRIVATE -static-libstdc++)
  endif()
endfunction()

# SPDX-License-Identifier: Apache-2.0
#
# For the preset arm64: Debian's cross compiler. What is linked for arm64 (libmd) is looked for below the
# directory in the environment variable DCC_ARM64_ROOT first, then where Debian has it if it is
# installed there: /usr/lib/aarch64-linux-gnu.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
if(DEFINED ENV{DCC_ARM64_ROOT})
  set(CMAKE_FIND_ROOT_PATH $ENV{DCC_ARM64_ROOT})
endif()
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)

// SPDX-License-Identifier: Apache-2.0
#include "host/elf.hpp"

#include <catch2/catch.hpp>

#include "plugin_host.hpp"

using dcc::host::why_no_shared_object;

TEST_CASE("a whole shared object is let through") {
  CHECK(why_no_shared_object(host_test::contents(host_test::fixture("good"))).empty());
}

TEST_CASE("a shared object that is cut anywhere is refused") {
  const std::string whole = host_test::contents(host_test::fixture("good"));
  const std::size_t step = whole.size() / 97 + 1;
  std::vector<std::size_t> sizes = {0, 1, 3, 4, 5, 16, 63, 64, 65, whole.size() - 1};
  for (std::size_t size = 100; size < whole.size(); size += step) sizes.push_back(size);
  for (const std::size_t size : sizes) {
    CAPTURE(size);
    // An allocation of this size exactly: the sanitizer sees a read beyond it.
    const std::vector<char> cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    const std::string why = why_no_shared_object({cut.data(), cut.size()});
    CHECK_THAT(why, Catch::StartsWith(size < 4 ? "not an ELF shared object" : "truncated: "));
  }
}

TEST_CASE("no header field makes the check read outside the file") {
  const std::string whole = host_test::contents(host_test::fixture("good"));
  const std::vector<char> original(whole.begin(), whole.end());
  for (std::size_t offset = 4; offset < 64; ++offset) {
    for (const char octet : {'\x00', '\x01', '\x7f', '\xff'}) {
      std::vector<char> changed = original;
      changed[offset] = octet;
      const std::string why = why_no_shared_object({changed.data(), changed.size()});
      const bool refused =
          why.empty() || why.starts_with("not an ELF") || why.starts_with("truncated: ");
      CHECK(refused);
    }
  }
}

TEST_CASE("other files are refused with what they are") {
  CHECK_THAT(why_no_shared_object("#!/bin/sh\necho this is a script\n"),
             Catch::StartsWith("not an ELF shared object: does not begin with"));
  std::string object = host_test::contents(host_test::fixture("good"));
  object[16] = 1;
  CHECK(why_no_shared_object(object) == "not an ELF shared object: ELF type 1, expected 3");
  object[4] = 1;
  CHECK(why_no_shared_object(object) ==
        "not an ELF shared object for this machine: ELF class 1, expected 2");
}

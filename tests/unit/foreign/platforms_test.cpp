// SPDX-License-Identifier: Apache-2.0
// What is shipped for others' machines runs there: which versions and libraries it asks for.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "support/process.hpp"

namespace {

std::set<std::string> found(const std::string& tool, const std::vector<std::string>& arguments,
                            const std::string& pattern) {
  const support::Finished run = support::run(tool, arguments);
  REQUIRE(run.exit_code == 0);
  std::set<std::string> all;
  const std::regex regex(pattern);
  for (std::sregex_iterator i(run.out.begin(), run.out.end(), regex), end; i != end; ++i) {
    all.insert((*i)[1]);
  }
  return all;
}

}  // namespace

TEST_CASE("what is loaded elsewhere needs glibc 2.34 at most, and no C++ run-time") {
  const std::string file =
      GENERATE(as<std::string>(), CH_RETURNS, HOST_LIBRARY, PROBE_PROGRAM, DECIDE_PROGRAM);
  CAPTURE(file);
  const auto versions = found(READELF, {"-VW", file}, R"(Name: GLIBC_2\.(\d+))");
  CHECK(!versions.empty());
  for (const std::string& minor : versions) {
    CAPTURE(minor);
    CHECK(std::atoi(minor.c_str()) <= 34);
  }
  CHECK(found(READELF, {"-VW", file}, R"(Name: (GLIBCXX_\S+|CXXABI_\S+|OPENSSL_\S+))").empty());
  const std::set<std::string> allowed = {"libc.so.6", "libm.so.6", "libgcc_s.so.1",
                                         "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"};
  for (const std::string& library :
       found(READELF, {"-dW", file}, R"(\(NEEDED\)\s+Shared library: \[([^\]]+)\])")) {
    CAPTURE(library);
    CHECK(allowed.count(library) == 1);
  }
}

TEST_CASE("the library shows eight functions, by version, and stays mapped") {
  const auto shown = found(NM, {"-D", "--defined-only", HOST_LIBRARY}, R"( T (\S+))");
  CHECK(shown == std::set<std::string>{"dcch_abi@@DCC_HOST_1.0", "dcch_changed@@DCC_HOST_1.0",
                                       "dcch_decide@@DCC_HOST_1.0", "dcch_free@@DCC_HOST_1.0",
                                       "dcch_log@@DCC_HOST_1.0", "dcch_new@@DCC_HOST_1.0",
                                       "dcch_reload@@DCC_HOST_1.0", "dcch_state@@DCC_HOST_1.0"});
  CHECK(found(NM, {"-D", "--defined-only", HOST_LIBRARY}, R"( [^TA] (\S+))").empty());
  CHECK(found(READELF, {"-dW", HOST_LIBRARY}, R"(soname: \[([^\]]+)\])") ==
        std::set<std::string>{"libdcc-host-c.so.1"});
  CHECK(found(READELF, {"-dW", HOST_LIBRARY}, R"((NODELETE))").size() == 1);
}

TEST_CASE("the library of DUIS messages shows six functions, by version, and stays mapped") {
  const auto shown = found(NM, {"-D", "--defined-only", DUIS_LIBRARY}, R"( T (\S+))");
  CHECK(shown == std::set<std::string>{"dccd_abi@@DCC_DUIS_1.0", "dccd_free@@DCC_DUIS_1.0",
                                       "dccd_new@@DCC_DUIS_1.0", "dccd_read@@DCC_DUIS_1.0",
                                       "dccd_reload@@DCC_DUIS_1.0", "dccd_write@@DCC_DUIS_1.0"});
  CHECK(found(NM, {"-D", "--defined-only", DUIS_LIBRARY}, R"( [^TA] (\S+))").empty());
  CHECK(found(READELF, {"-dW", DUIS_LIBRARY}, R"(soname: \[([^\]]+)\])") ==
        std::set<std::string>{"libdcc-duis-c.so.1"});
  CHECK(found(READELF, {"-dW", DUIS_LIBRARY}, R"((NODELETE))").size() == 1);
  // One C++ run-time for it and Xerces-C++, or exceptions would not find their handlers.
  const auto needed =
      found(READELF, {"-dW", DUIS_LIBRARY}, R"(\(NEEDED\)\s+Shared library: \[([^\]]+)\])");
  CHECK(needed == std::set<std::string>{"libc.so.6", "libcrypto.so.3", "libgcc_s.so.1",
                                        "libstdc++.so.6", "libxerces-c-3.2.so"});
}

// SPDX-License-Identifier: Apache-2.0
// A program in C that is linked with the library, as its author would.
#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include "api.hpp"
#include "golden.hpp"
#include "support/process.hpp"

TEST_CASE("a program in C gets from zero to E5") {
  foreign_test::World world;
  world.install_all();
  const support::Finished run = support::run(C_PROGRAM, {world.options()});
  CAPTURE(run.err);
  REQUIRE(run.exit_code == 0);
  const boost::json::value answer = boost::json::parse(run.out.substr(0, run.out.find('\n')));
  CHECK(foreign_test::text_of(answer.at("code")) == "E5");
  const support::Finished refused = support::run(C_PROGRAM, {"{}"});
  CHECK(refused.exit_code == 1);
  CHECK(refused.err == "plugins: expected to be there\n");
}

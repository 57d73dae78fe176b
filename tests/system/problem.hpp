// SPDX-License-Identifier: Apache-2.0
//
// What the tests ask of an answer that is no DUIS response: a problem detail (RFC 9457) that gives
// nothing away.
#pragma once

#include <boost/json.hpp>
#include <catch2/catch.hpp>
#include <string>

#include "support/host_fixture.hpp"

// Returns the detail.
inline std::string check_problem(support::HostFixture& host, const support::HttpReply& reply,
                                 unsigned status) {
  INFO(reply.body);
  CHECK(reply.status == status);
  CHECK(reply.field("content-type") == "application/problem+json");
  CHECK(reply.field("retry-after").empty() == (status != 429 && status != 503));
  CHECK(reply.body.find(host.directory().string()) == std::string::npos);
  CHECK(reply.body.find("PRIVATE KEY") == std::string::npos);

  boost::json::error_code error;
  const boost::json::value problem = boost::json::parse(reply.body, error);
  REQUIRE_FALSE(error);
  CHECK(problem.at("status").to_number<unsigned>() == status);
  CHECK_FALSE(problem.at("title").as_string().empty());
  return std::string(problem.at("detail").as_string());
}

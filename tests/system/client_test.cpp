// SPDX-License-Identifier: Apache-2.0
//
// duis-client against the running host: what it prints and its exit codes.
#include <catch2/catch.hpp>

#include "support/host_fixture.hpp"

using namespace support;

namespace {

constexpr int kAccepted = 0, kRejected = 2, kNoAnswer = 3;

Finished send(HostFixture& host, const std::string& user, const std::vector<std::string>& more) {
  const Credentials& credentials = host.credentials();
  std::vector<std::string> arguments{"send",
                                     "--url",
                                     host.service_url(),
                                     "--target",
                                     kBroker,
                                     "--timeout",
                                     "60",
                                     "--key",
                                     credentials.key(user).string(),
                                     "--cert",
                                     credentials.certificate(user).string()};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return run(duis_client_program(), arguments);
}

}  // namespace

TEST_CASE("duis-client says the code and whether the request was accepted", "[R29]") {
  HostFixture host;
  struct Case {
    const char *user, *srv;
    std::string device, line;
    int exit_code;
  };
  for (const Case& c : {Case{"sna", "8.14.3", hub("Pending"), "I99 ", kAccepted},
                        Case{"eis", "8.14.4", hub("Commissioned"), "I99 ", kAccepted},
                        Case{"sna", "8.14.4", hub("Commissioned"), "E5 ", kRejected},
                        Case{"es", "8.14.3", hub("Pending"), "E2 ", kRejected},
                        Case{"unknown", "8.14.3", hub("Pending"), "E1 ", kRejected}}) {
    INFO(c.user << " " << c.srv << " " << c.device);
    const Finished sent = send(host, c.user, {"--srv", c.srv, "--device", c.device});
    INFO(sent.out << sent.err);
    CHECK(sent.exit_code == c.exit_code);
    CHECK(sent.out.starts_with(c.line));
  }
  CHECK(host.returns().size() == 2);
}

TEST_CASE("duis-client tells a problem from a response code, and no answer from both", "[R29]") {
  HostFixture host;
  const std::vector<std::string> request{"--srv",        "8.14.3",    "--device",
                                         hub("Pending"), "--counter", "77"};
  CHECK(send(host, "eis", request).exit_code == kAccepted);
  auto other = request;
  other[3] = hub("Commissioned");
  const Finished conflict = send(host, "eis", other);
  INFO(conflict.out);
  CHECK(conflict.exit_code == kNoAnswer);
  CHECK(conflict.out.starts_with("HTTP 409"));

  const Finished variant =
      send(host, "eis", {"--srv", "8.14.3", "--device", hub("Pending"), "--command-variant", "1"});
  CHECK(variant.exit_code == kRejected);
  CHECK(variant.out.starts_with("E12 "));

  host.stop();
  CHECK(send(host, "eis", request).exit_code == kNoAnswer);
}

TEST_CASE("duis-client sends a signed request as it is, and shows the response", "[R29]") {
  HostFixture host;
  const auto file = host.directory() / "request.xml";
  write_file(file, host.sign("sna", host.request("sna", "8.14.3", hub("Pending"))));
  const std::vector<std::string> arguments{"send",      "--url",     host.service_url(),
                                           "--timeout", "60",        "--as-is",
                                           "--show",    "--request", file.string()};
  const Finished first = run(duis_client_program(), arguments);
  INFO(first.out << first.err);
  CHECK(first.exit_code == kAccepted);
  CHECK(first.out.starts_with("I99 "));
  CHECK(run(duis_client_program(), arguments).out == first.out);
  CHECK(host.outcomes().size() == 1);
}

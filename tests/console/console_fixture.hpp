// SPDX-License-Identifier: Apache-2.0
//
// `duis-client console` beside a host of its own.
#pragma once

#include <string>

#include "support/host_fixture.hpp"

namespace console_test {

class Console {
 public:
  // The host must run.
  explicit Console(support::HostFixture& host)
      : process_(support::duis_client_program(),
                 {"console", "--url", host.service_url(), "--admin",
                  "127.0.0.1:" + std::to_string(host.admin_port()), "--keys",
                  (host.directory() / "keys").string(), "--credentials",
                  host.credentials().known().string(), "--trust-anchor",
                  host.credentials().anchor().string(), "--target", support::kBroker}) {
    const std::string line = process_.wait_for_line("http://");
    url_ = line.substr(line.find("http://"));
    port_ = support::port_in(line);
  }

  const std::string& url() const { return url_; }  // with the token
  std::string token() const { return url_.substr(url_.find('#') + 1); }
  std::uint16_t port() const { return port_; }
  support::Process& process() { return process_; }

 private:
  support::Process process_;
  std::string url_;
  std::uint16_t port_ = 0;
};

}  // namespace console_test

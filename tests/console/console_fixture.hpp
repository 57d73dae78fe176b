// SPDX-License-Identifier: Apache-2.0
//
// `duis-client console` beside a host of its own.
#pragma once

#include <boost/json.hpp>
#include <catch2/catch.hpp>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "support/host_fixture.hpp"

namespace console_test {

class Console {
 public:
  // What the page may do beside asking and sending.
  enum class May { write_and_import, nothing_more };

  // The host must run.
  explicit Console(support::HostFixture& host, May may = May::write_and_import,
                   const std::vector<std::string>& more = {})
      : Console(joined(arguments(host, may), more)) {}
  explicit Console(const std::vector<std::string>& arguments)
      : process_(support::duis_client_program(), arguments) {
    const std::string line = process_.wait_for_line("http://");
    url_ = line.substr(line.find("http://"));
    port_ = support::port_in(line);
    between_port_ = support::port_in(process_.wait_for_line("your own client"));
  }

  const std::string& url() const { return url_; }  // with the token
  std::string token() const { return url_.substr(url_.find('#') + 1); }
  std::uint16_t port() const { return port_; }
  std::uint16_t between_port() const { return between_port_; }
  support::Process& process() { return process_; }

 private:
  static std::vector<std::string> arguments(const support::HostFixture& host, May may) {
    std::vector<std::string> all{"console",
                                 "--url",
                                 host.service_url(),
                                 "--admin",
                                 "127.0.0.1:" + std::to_string(host.admin_port()),
                                 "--keys",
                                 (host.directory() / "keys").string(),
                                 "--credentials",
                                 (host.directory() / "certificates").string(),
                                 "--trust-anchor",
                                 (host.directory() / "ca.pem").string(),
                                 "--target",
                                 support::kBroker};
    if (may == May::nothing_more) return all;
    for (const std::string& more :
         {std::string("--settings"), (host.settings() / "ch-returns.ini").string(),
          std::string("--config"), host.configuration().string(), std::string("--world"),
          world(host).string(), std::string("--host-program"),
          support::sample_host_program().string()})
      all.push_back(more);
    return all;
  }

  static std::vector<std::string> joined(std::vector<std::string> all,
                                         const std::vector<std::string>& more) {
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  // The fixture's, as files.
  static std::filesystem::path world(const support::HostFixture& host) {
    const auto directory = host.directory() / "world";
    std::filesystem::create_directory(directory);
    for (const std::string table : support::kTables)
      support::write_file(directory / (table + ".csv"), support::world_csv(table));
    return directory;
  }

  support::Process process_;
  std::string url_;
  std::uint16_t port_ = 0, between_port_ = 0;
};

// What the page sends with a question.
inline support::HttpClient::Fields page_fields(const Console& console) {
  return {{"Origin", "http://127.0.0.1:" + std::to_string(console.port())},
          {"Content-Type", "application/json"},
          {"X-Console-Token", console.token()}};
}

inline support::HttpReply ask(const Console& console, const std::string& name,
                              const boost::json::value& question) {
  return support::HttpClient(console.port())
      .send("POST", "/ask/" + name, page_fields(console), boost::json::serialize(question));
}

inline boost::json::object answer(const Console& console, const std::string& name,
                                  const boost::json::value& question) {
  const support::HttpReply reply = ask(console, name, question);
  INFO(reply.body);
  REQUIRE(reply.status == 200);
  return boost::json::parse(reply.body).as_object();
}

inline std::string refusal(const support::HttpReply& reply, unsigned status) {
  INFO(reply.body);
  CHECK(reply.status == status);
  CHECK_FALSE(reply.field("content-security-policy").empty());
  return std::string(boost::json::parse(reply.body).at("detail").as_string());
}

}  // namespace console_test

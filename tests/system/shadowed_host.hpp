// SPDX-License-Identifier: Apache-2.0
//
// A host with candidates beside it.
#pragma once

#include <boost/json.hpp>
#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>
#include <string>
#include <thread>

#include "support/host_fixture.hpp"

// A host with a directory for candidates, started with what lies there.
class ShadowedHost : public support::HostFixture {
 public:
  ShadowedHost(const std::filesystem::path& candidate, const std::string& name,
               const std::string& settings)
      : HostFixture(Options{}) {
    for (const std::filesystem::path& made : {shadow(), shadow_settings()}) {
      std::filesystem::create_directory(made);
      std::filesystem::permissions(made, std::filesystem::perms::owner_all);
    }
    configure("shadow_directory = shadow\nshadow_config_directory = shadow.d\n");
    std::filesystem::copy_file(candidate, shadow() / (name + ".so"));
    support::write_file(shadow_settings() / (name + ".ini"), settings);
  }

  void configure(const std::string& lines) {
    const std::filesystem::path file = configuration();
    support::write_file(
        file, support::edited(support::read_file(file), "[plugins]\n", "[plugins]\n" + lines));
  }

  // For commands that ask the running host: where it listens, instead of any free port.
  void configure_ports() {
    const std::filesystem::path file = configuration();
    support::write_file(
        file, support::edited(support::read_file(file), "[admin]\nlisten = 127.0.0.1:0",
                              "[admin]\nlisten = 127.0.0.1:" + std::to_string(admin_port())));
  }

  std::filesystem::path shadow() const { return directory() / "shadow"; }
  std::filesystem::path shadow_settings() const { return directory() / "shadow.d"; }

  // What /shadow says as soon as so many have come to something, of so many that it was offered.
  boost::json::object settled(std::int64_t decided, std::int64_t offered = 0) {
    const auto deadline = std::chrono::steady_clock::now() + support::kPatience;
    for (;;) {
      const boost::json::object report = get("/shadow");
      std::int64_t done = 0;
      for (const char* counter : {"lost", "late", "crashes", "unhandled"})
        done += report.at(counter).as_int64();
      for (const auto& candidate : report.at("candidates").as_array())
        done += candidate.at("decided").as_int64();
      if (done >= decided && report.at("offered").as_int64() >= offered) return report;
      INFO(boost::json::serialize(report));
      REQUIRE(std::chrono::steady_clock::now() < deadline);
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  }
};

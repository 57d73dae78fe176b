// SPDX-License-Identifier: Apache-2.0
//
// What the console works with, as its command line says it. Plain values.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>

#include "client/console/imports.hpp"
#include "client/http_post.hpp"
#include "duis/identifiers.hpp"
#include "http/listen_address.hpp"

namespace sample::console {

// What a candidate of the rule is tried with.
struct CandidateOptions {
  std::filesystem::path build;          // of the plugin whose settings are edited; empty: no other
  std::filesystem::path decide, probe;  // dcc-decide, dcc-plugin-probe
};

struct Options {
  client::Url service;  // where Service Requests go, with the path
  client::TlsOptions tls;
  ListenAddress admin;                 // of the same host
  std::filesystem::path keys;          // NAME.key of each User
  std::filesystem::path credentials;   // NAME.pem, and the certificates of others
  std::filesystem::path trust_anchor;  // empty: none
  dcc::duis::Eui64 target;             // of requests: the Access Control Broker
  std::chrono::milliseconds patience{3'000};
  std::filesystem::path settings;  // the plugin's; empty: they are not edited here
  ImportOptions imports;
  CandidateOptions candidate;
  std::uint16_t between = 0;  // the port for testers' own clients; 0: any free one
};

}  // namespace sample::console

// SPDX-License-Identifier: Apache-2.0
//
// Writes the reference data anew into the directory that it is given: a host is started with keys
// made for the occasion, asked one request per example, and thrown away with its keys.
#include <exception>
#include <iostream>

#include "rtds/cases.hpp"

namespace {

namespace fs = std::filesystem;
using namespace support;

void write_world(const fs::path& directory) {
  fs::create_directories(directory);
  for (const char* table : kTables)
    write_file(directory / (std::string(table) + ".csv"), world_csv(table));
}

void write_certificates(HostFixture& host, const fs::path& directory) {
  fs::remove_all(directory);
  fs::create_directories(directory);
  fs::copy_file(host.credentials().anchor(), directory / "ca.pem");
  fs::copy(host.credentials().known(), directory / "users");
}

void write_examples(HostFixture& host, const std::string& srv, const fs::path& directory) {
  fs::remove_all(directory);
  fs::create_directories(directory);
  for (const rtds::Case& example : rtds::kCases) {
    auto fields = host.request(example.user, srv, example.device);
    fields.command_variant = example.command_variant;
    const std::string request = host.sign(example.user, fields);
    const HttpReply reply = host.post(request, example.endpoint);
    if (code_of(reply) != example.code())
      throw std::runtime_error(srv + " " + example.name + " was answered " + code_of(reply));
    write_file(directory / (std::string(example.name) + ".request.xml"), request);
    write_file(directory / (std::string(example.name) + ".response.xml"), reply.body);
  }
}

void regenerate(const fs::path& directory) {
  HostFixture host;
  write_world(directory / "world");
  write_certificates(host, directory / "certificates");
  for (const char* srv : rtds::kSrvs) write_examples(host, srv, directory / srv);
  write_file(directory / "INDEX.md", rtds::index());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: rtds-regenerate DIRECTORY\n";
    return 2;
  }
  try {
    regenerate(argv[1]);
    return 0;
  } catch (const std::exception& e) {
    std::cerr << "rtds-regenerate: " << e.what() << '\n';
    return 1;
  }
}

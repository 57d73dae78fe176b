// SPDX-License-Identifier: Apache-2.0
//
// The smallest adaptor: signed requests from files, answered, signed by nobody and stored. Bytes
// in, answer out is the SDK's; the transport (files, standard output) and the store are its own.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <future>
#include <iostream>
#include <iterator>

#include "adaptor/pipeline.hpp"
#include "adaptor/store_suite.hpp"
#include "adaptor/unix_ms.hpp"
#include "file_store.hpp"
#include "host/plugin_directory.hpp"
#include "supplier_returns.hpp"

namespace fs = std::filesystem;
using namespace dcc::adaptor;

namespace {

constexpr const char* kUsage =
    "usage: example-adaptor PLUGINS SETTINGS CACHE PROBE CERTIFICATES BROKER STORE REQUEST.xml...\n"
    "       example-adaptor --try-store DIRECTORY    does its store keep what a store must?\n";

std::string read(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw std::runtime_error(file.string() + ": cannot be read");
  return {std::istreambuf_iterator<char>(in), {}};
}

// Each check gets a directory of its own.
int try_store(const fs::path& directory) {
  int count = 0;
  const auto fresh = [&] {
    const fs::path own = directory / std::to_string(++count);
    // The one store that is open, to be told things.
    const auto open = std::make_shared<FileStore*>(nullptr);
    return StoreUnderTest{[own, open] {
                            auto store = std::make_unique<FileStore>(own);
                            *open = store.get();
                            return store;
                          },
                          [open](const dcc::host::Fact& fact) { (*open)->tell(fact); }};
  };
  return check_store(fresh, std::cout);
}

std::shared_ptr<Adaptor> make_adaptor(const char* broker, const fs::path& certificates,
                                      const fs::path& store) {
  auto adaptor = std::make_shared<Adaptor>();
  const auto target = dcc::duis::Eui64::parse(broker);
  if (!target) throw std::runtime_error(std::string(broker) + ": expected an EUI-64");
  adaptor->control_broker = *target;
  adaptor->schema_versions = *SchemaVersions::parse("1.0-9");
  adaptor->log_error = [](std::string_view line) { std::cerr << line << '\n'; };
  std::vector<std::string> problems;
  adaptor->credentials.publish(std::make_shared<const dcc::duis::Credentials>(
      dcc::duis::Credentials::load(certificates, std::nullopt, problems)));
  for (const std::string& problem : problems) std::cerr << problem << '\n';
  adaptor->store = std::make_unique<FileStore>(store);
  adaptor->committer = std::make_unique<Committer>(
      ledgers_of(*adaptor->store), Committer::Limits{},
      [](const std::exception& error) { std::cerr << error.what() << '\n'; });
  return adaptor;
}

void answer(const std::shared_ptr<Adaptor>& adaptor, std::string request) {
  std::promise<Reply> answered;
  // A server posts to its worker's queue; here the worker waits, and the committer may do it.
  Pipeline pipeline(adaptor, [](const std::function<void()>& task) { task(); });
  pipeline.handle({"serviceD", std::move(request), unix_ms()},
                  [&](Reply reply) { answered.set_value(std::move(reply)); });
  const Reply reply = answered.get_future().get();
  std::cout << static_cast<unsigned>(reply.kind) << ' '
            << (reply.code.empty() ? reply.title : reply.code) << ' '
            << (reply.code.empty() ? reply.detail : reply.reason)
            << (reply.repeated ? " (again)" : "") << '\n'
            << reply.response << '\n';
}

int run(int argc, char** argv) {
  if (argc == 3 && std::string_view(argv[1]) == "--try-store") return try_store(argv[2]);
  if (argc < 9) {
    std::fputs(kUsage, stderr);
    return 2;
  }
  const auto adaptor = make_adaptor(argv[6], argv[5], argv[7]);
  dcc::host::HostServices services;
  services.log = [](auto, std::string_view source, std::string_view line) {
    std::cerr << source << ": " << line << '\n';
  };
  dcc::host::PluginDirectory plugins(
      {.directory = argv[1], .config_directory = argv[2], .cache = argv[3], .probe = argv[4]},
      services, adaptor->registry, example::make_supplier_returns("1.0.0", "example"));
  plugins.reload();
  for (const char* file : std::span(argv + 8, argv + argc)) answer(adaptor, read(file));
  adaptor->committer->stop();
  return 0;
}

}  // namespace

int main(int argc, char** argv) try {
  return run(argc, argv);
} catch (const std::exception& error) {
  std::cerr << "example-adaptor: " << error.what() << '\n';
  return 1;
}

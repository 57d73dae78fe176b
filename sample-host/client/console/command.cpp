// SPDX-License-Identifier: Apache-2.0
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/thread_pool.hpp>
#include <csignal>
#include <filesystem>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>

#include "client/commands.hpp"
#include "client/console/desk.hpp"
#include "client/console/site.hpp"
#include "http/server.hpp"
#include "log.hpp"

namespace sample::client {
namespace {

namespace asio = boost::asio;

// Questions that wait for the host at the same time; one page asks few, and one of them waits long.
constexpr unsigned kAtOnce = 8;
constexpr std::size_t kConnections = 64;

struct CommandLine {
  std::string url, admin, target = "90-B3-D5-1F-30-00-00-02";
  std::string keys, credentials, trust_anchor;
  TlsOptions tls;
  std::string settings, configuration, program, world, candidate;
  std::uint16_t port = 0, between = 0;
};

// Of the SDK or the host: beside this one, as in a build, or where a package puts it.
std::filesystem::path installed(const char* name) {
  const auto bin = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  const auto apart = bin.parent_path() / "libexec" / "dcc" / name;
  return !std::filesystem::exists(bin / name) && std::filesystem::exists(apart) ? apart
                                                                                : bin / name;
}

// What cannot be used is said now, not when the page asks.
console::Options options_of(const CommandLine& given) {
  console::Options options;
  options.service = Url::parse(given.url);
  if (options.service.path.empty() || options.service.path == "/")
    options.service.path = "/api/v1/serviceD";
  options.tls = given.tls;
  const auto admin = ListenAddress::parse(given.admin);
  if (!admin || !admin->is_local())
    throw std::invalid_argument("--admin " + given.admin +
                                ": expected such as 127.0.0.1:8080 or unix:PATH");
  options.admin = *admin;
  const auto target = dcc::duis::Eui64::parse(given.target);
  if (!target)
    throw std::invalid_argument("--target " + given.target +
                                ": expected an EUI-64 such as 90-B3-D5-1F-30-00-00-02");
  options.target = *target;
  options.keys = given.keys;
  options.credentials = given.credentials;
  options.trust_anchor = given.trust_anchor;
  options.settings = given.settings;
  options.imports = {{given.program, given.configuration}, given.world};
  options.between = given.between;
  if (given.program.empty()) options.imports.host.program = installed("dcc-sample-host");
  options.candidate = {given.candidate, installed("dcc-decide"), installed("dcc-plugin-probe")};
  return options;
}

void run(const CommandLine& given) {
  const Log log("warn", {});
  console::Desk desk(options_of(given));
  const std::string token = console::new_token();
  asio::thread_pool answering(kAtOnce);
  const console::SiteOptions site{
      token, desk, [&](std::function<void()> task) { asio::post(answering, std::move(task)); }};

  asio::io_context signals(1);
  asio::signal_set stop(signals, SIGINT, SIGTERM);
  stop.async_wait([](auto, int) {});
  std::signal(SIGPIPE, SIG_IGN);

  HttpServer::Options listener;
  listener.address = "127.0.0.1";
  listener.port = given.port;
  listener.max_connections = kConnections;
  HttpServer server(listener,
                    [&](const SiteContext& context) { return console::make_site(site, context); });
  server.start();
  std::cerr << "the console is at http://127.0.0.1:" << server.port() << "/#" << token << '\n'
            << "(for who has this address; it ends with this program)\n"
            << "your own client may be pointed at http://127.0.0.1:" << desk.between_port()
            << " to be watched" << std::endl;
  signals.run();
  server.stop();
  answering.join();
}

}  // namespace

void add_console(CLI::App& app, int& exit_code) {
  const auto given = std::make_shared<CommandLine>();
  CLI::App* command = app.add_subcommand(
      "console",
      "Serve a page on 127.0.0.1 for testers and trainers: the rule as it runs, requests that are "
      "signed with throw-away keys, sent and explained; the plugin's settings, hubs and their "
      "world, as far as the options give them. Prints the page's address, which nobody else knows, "
      "and serves until Ctrl+C. Never with real Users' keys.");
  command
      ->add_option("--url", given->url,
                   "where requests go, such as http://127.0.0.1:8079; default path: "
                   "/api/v1/serviceD")
      ->required()
      ->type_name("URL");
  command
      ->add_option("--admin", given->admin,
                   "the admin interface of the same host: 127.0.0.1:8080 or unix:PATH")
      ->required()
      ->type_name("LISTENER");
  command->add_option("--keys", given->keys, "the Users' private keys, NAME.key, mode 0600")
      ->required()
      ->check(CLI::ExistingDirectory.description(""))
      ->type_name("DIR");
  command
      ->add_option("--credentials", given->credentials,
                   "their certificates, NAME.pem, and that of the host's signing key")
      ->required()
      ->check(CLI::ExistingDirectory.description(""))
      ->type_name("DIR");
  command
      ->add_option("--trust-anchor", given->trust_anchor, "CA certificates that they must chain to")
      ->type_name("FILE");
  command->add_option("--target", given->target, "the business target of requests")
      ->capture_default_str()
      ->type_name("EUI-64");
  command
      ->add_option("--cacert", given->tls.ca,
                   "with https: CA certificates of the server; default: the system's")
      ->type_name("FILE");
  command
      ->add_option("--settings", given->settings,
                   "the plugin's settings, such as plugins.d/ch-returns.ini: may be edited, as you")
      ->check(CLI::ExistingFile.description(""))
      ->type_name("FILE");
  command
      ->add_option(
          "--candidate", given->candidate,
          "with --settings: another build of that plugin, whose rule is shown beside the one "
          "that runs; its code runs as you, in a dcc-decide apart")
      ->check(CLI::ExistingFile.description(""))
      ->type_name("FILE.so");
  auto* config =
      command
          ->add_option(
              "--config", given->configuration,
              "the host's configuration: rows may be imported and the trail verified, as you")
          ->check(CLI::ExistingFile.description(""))
          ->type_name("FILE");
  command
      ->add_option(
          "--world", given->world,
          "users.csv, devices.csv, orders.csv and appointments.csv: a beginning to go back "
          "to, with --config")
      ->needs(config)
      ->check(CLI::ExistingDirectory.description(""))
      ->type_name("DIR");
  command
      ->add_option("--host-program", given->program,
                   "what imports and verifies; default: dcc-sample-host beside this program")
      ->check(CLI::ExistingFile.description(""))
      ->type_name("FILE");
  command->add_option("--port", given->port, "of the page; 0: any free one")->capture_default_str();
  command
      ->add_option(
          "--between", given->between,
          "port for your own client, which is passed on to --url and shown; 0: any free one")
      ->capture_default_str();
  command->callback([given, &exit_code] {
    run(*given);
    exit_code = kSuccess;
  });
}

}  // namespace sample::client

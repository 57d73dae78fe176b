// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <cstdint>
#include <iostream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include "client/commands.hpp"
#include "client/document.hpp"
#include "client/http_post.hpp"
#include "client/return_request.hpp"
#include "duis/reader.hpp"
#include "duis/writer.hpp"

namespace sample::client {
namespace {

using namespace dcc::duis;

struct Options {
  std::string url, key, certificate;
  TlsOptions tls;
  std::optional<std::string> request_file;
  bool as_is = false;
  std::string srv, device, target = "90-B3-D5-1F-30-00-00-02";
  std::optional<std::uint64_t> counter;
  unsigned command_variant = 8;
  std::string schema_version = "5.4";
  std::vector<std::optional<std::string>> items =
      std::vector<std::optional<std::string>>(return_items().size());
  double timeout = 3;
  bool show = false;
};

// ---- The request ---------------------------------------------------------------------------

Eui64 parse_eui(const char* option, const std::string& text) {
  const auto eui = Eui64::parse(text);
  if (!eui)
    throw std::invalid_argument(std::string(option) + " " + text +
                                ": expected an EUI-64 such as 00-DB-12-34-56-78-90-A2");
  return *eui;
}

SignedDocument make_document(const Options& options) {
  if (options.as_is) return {read_document(*options.request_file), std::nullopt};
  const Signer signer = Signer::load(options.certificate, options.key);
  if (options.request_file)
    return sign_message(read_document(*options.request_file), *options.request_file, signer);
  const RequestId id{signer.certificate().eui(), parse_eui("--target", options.target),
                     options.counter.value_or(new_counter())};
  RequestFields fields = return_fields(id, options.srv, options.device, options.items);
  fields.schema_version = options.schema_version;
  fields.command_variant = options.command_variant;
  return {sign_document(request_root(fields), signer), id};
}

// ---- The answer ----------------------------------------------------------------------------

int report_response(const std::string& body, const std::optional<RequestId>& asked) {
  Reader reader(*Schema::built_in());
  const Message* message = reader.read(body);
  if (message == nullptr || message->kind != Message::Kind::response) {
    std::cout << "HTTP 200, but no DUIS response: "
              << (message == nullptr ? reader.refusal().text : "a Request") << '\n';
    return kNoAnswer;
  }
  if (asked && message->request_id != asked) {
    std::cout << "the response is to another request: " << message->request_id_text << '\n';
    return kNoAnswer;
  }
  const std::string_view words = meaning(message->response_code);
  std::cout << message->response_code << (words.empty() ? "" : " ") << words << '\n';
  return message->response_code.starts_with('I') ? kSuccess : kRejected;
}

int send(const Options& options) {
  Url url = Url::parse(options.url);
  if (url.path.empty() || url.path == "/") url.path = "/api/v1/serviceD";
  SignedDocument document = make_document(options);
  const std::chrono::milliseconds timeout(static_cast<std::int64_t>(options.timeout * 1000));
  HttpAnswer answer;
  try {
    answer = post_xml(url, options.tls, std::move(document.octets), timeout);
  } catch (const std::system_error& e) {
    std::cerr << "duis-client: no answer from " << options.url << ": " << e.what() << '\n';
    return kNoAnswer;
  }
  int exit_code = kNoAnswer;
  if (answer.status == 200)
    exit_code = report_response(answer.body, document.request_id);
  else
    std::cout << "HTTP " << answer.status << ' ' << problem_text(answer) << '\n';
  if (options.show) std::cout << answer.body << '\n';
  return exit_code;
}

// ---- The command line ----------------------------------------------------------------------

constexpr const char* kRequestGroup = "Request";

void require_together(const CLI::App& command, const Options& options) {
  if (options.as_is && !options.request_file) throw CLI::RequiredError("--as-is: --request");
  if (!options.as_is && (options.key.empty() || options.certificate.empty()))
    throw CLI::RequiredError("--key and --cert (unless --as-is)");
  if (!options.request_file && (options.srv.empty() || options.device.empty()))
    throw CLI::RequiredError("--srv and --device (unless --request)");
  if (options.tls.certificate.empty() != options.tls.key.empty())
    throw CLI::RequiredError("--tls-cert and --tls-key, both or neither");
  for (const CLI::Option* option : command.get_options())
    if (options.request_file && option->get_group() == kRequestGroup && option->count() > 0)
      throw CLI::ExcludesError(option->get_name(), "--request");
}

// What the request says, unless it is read from a file.
void add_request_options(CLI::App& command, Options& options) {
  const auto add = [&](const char* name, auto& value, const std::string& help) {
    return command.add_option(name, value, help)->group(kRequestGroup);
  };
  add("--srv", options.srv, "8.14.3 (Fault Return) or 8.14.4 (No Fault Return)")
      ->check(CLI::IsMember({kFaultReturn, kNoFaultReturn}))
      ->type_name("SRV");
  add("--device", options.device, "the hub's Device ID")->type_name("EUI-64");
  add("--target", options.target, "the business target")
      ->capture_default_str()
      ->type_name("EUI-64");
  add("--counter", options.counter, "of the RequestID; default: the time in microseconds");
  add("--command-variant", options.command_variant, "8 is the only valid one")
      ->capture_default_str();
  add("--schema-version", options.schema_version, "of DUIS")->capture_default_str();
  for (std::size_t i = 0; i < return_items().size(); ++i) {
    const ReturnItem& item = return_items()[i];
    const std::string only = item.only != nullptr ? std::string(item.only) + " only; " : "";
    CLI::Option* option = add(item.option, options.items[i], only + item.help);
    if (item.standard != nullptr && item.standard != kSameAsDevice)
      option->default_str("\"" + std::string(item.standard) + "\"");
  }
}

}  // namespace

void add_send(CLI::App& app, int& exit_code) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "send",
      "Send a signed request and say what it was answered with. Exit code 0: accepted; 2: rejected "
      "with a response code; 3: no DUIS answer; 1: nothing was sent.");
  command
      ->add_option("--url", options->url,
                   "such as http://127.0.0.1:8079 or https://...; default path: /api/v1/serviceD")
      ->required()
      ->type_name("URL");
  command->add_option("--key", options->key, "private key, mode 0600")->type_name("FILE");
  command
      ->add_option("--cert", options->certificate,
                   "its certificate, whose EUI-64 is the originator")
      ->type_name("FILE");
  command
      ->add_option("--cacert", options->tls.ca,
                   "with https: CA certificates of the server; default: the system's")
      ->type_name("FILE");
  command
      ->add_option(
          "--tls-cert", options->tls.certificate,
          "with https: the certificate that the server asks for, and those between it and its CA")
      ->type_name("FILE");
  command->add_option("--tls-key", options->tls.key, "its private key, mode 0600")
      ->type_name("FILE");
  command
      ->add_option("--request", options->request_file,
                   "sign and send this message instead of making one; -: standard input")
      ->type_name("FILE");
  command->add_flag("--as-is", options->as_is, "send it without signing or looking at it");
  command->add_option("--timeout", options->timeout, "how long to wait")
      ->capture_default_str()
      ->check(CLI::PositiveNumber)
      ->type_name("SECONDS");
  command->add_flag("--show", options->show, "also print the body of the answer");
  add_request_options(*command, *options);
  command->callback([command, options, &exit_code] {
    require_together(*command, *options);
    exit_code = send(*options);
  });
}

}  // namespace sample::client

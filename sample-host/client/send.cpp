// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <boost/property_tree/json_parser.hpp>
#include <boost/property_tree/ptree.hpp>
#include <chrono>
#include <cstdint>
#include <iostream>
#include <memory>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <system_error>

#include "client/commands.hpp"
#include "client/document.hpp"
#include "client/http_post.hpp"
#include "duis/reader.hpp"
#include "duis/writer.hpp"

namespace sample::client {
namespace {

using namespace dcc::duis;

constexpr const char* kFaultReturn = "8.14.3";
constexpr const char* kNoFaultReturn = "8.14.4";

// An item of the bodies of 8.14.3 and 8.14.4; the order of the list is both schemas' order.
struct Item {
  const char* option;
  const char* element;
  const char* only;      // the one SRV that has it; null: both have
  const char* standard;  // sent if the option is not given; null: the item is left out
  const char* help;
};
constexpr char kSameAsDevice[] = "";  // a mark: told from other texts by its address
constexpr std::array<Item, 9> kItems{{
    {"--fault-type", "CHFFaultReturnType", kFaultReturn, "Fault identified prior to installation",
     "or \"Fault identified post installation\""},
    {"--no-fault-type", "CHFNoFaultReturnType", kNoFaultReturn, "No Fault Return (general)",
     "why the hub is returned, as the schema spells it"},
    {"--user-ref-date-time", "UserRefDateTime", nullptr, nullptr, "the User's own date and time"},
    {"--user-ref-id", "UserRefID", nullptr, nullptr,
     "the User's own reference, 25 characters at most"},
    {"--other-device", "OtherDeviceID", kFaultReturn, kSameAsDevice,
     "the other device's ID; default: --device"},
    {"--incident", "IncidentReference", nullptr, nullptr, "15 characters at most"},
    {"--connection-method", "CHFConnectionMethod", kFaultReturn, "Hot-shoe",
     "or \"Cradle\", \"ESME\""},
    {"--fault-reason", "CHFFaultReason", kFaultReturn, "Manufacturing defect",
     "what is wrong with the hub, as the schema spells it"},
    {"--additional-information", "AdditionalInformation", nullptr, nullptr,
     "200 characters at most"},
}};

struct Options {
  std::string url, key, certificate;
  TlsOptions tls;
  std::optional<std::string> request_file;
  bool as_is = false;
  std::string srv, device, target = "90-B3-D5-1F-30-00-00-02";
  std::optional<std::uint64_t> counter;
  unsigned command_variant = 8;
  std::string schema_version = "5.4";
  std::array<std::optional<std::string>, kItems.size()> items;
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

std::uint64_t microseconds() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(now).count());
}

RequestFields request_fields(const Options& options, const RequestId& id) {
  RequestFields fields;
  fields.schema_version = options.schema_version;
  fields.request_id = id.text();
  fields.command_variant = options.command_variant;
  fields.service_reference = "8.14";
  fields.srv = options.srv;
  fields.body_element = options.srv == kFaultReturn ? "CHFFaultReturn" : "CHFNoFaultReturn";
  fields.items.emplace_back("DeviceID", options.device);
  for (std::size_t i = 0; i < kItems.size(); ++i) {
    const Item& item = kItems[i];
    const bool belongs = item.only == nullptr || options.srv == item.only;
    if (options.items[i] && !belongs)
      throw std::invalid_argument(std::string(item.option) + ": " + options.srv + " has no " +
                                  item.element);
    if (!belongs || (!options.items[i] && item.standard == nullptr)) continue;
    const char* standard = item.standard == kSameAsDevice ? options.device.c_str() : item.standard;
    fields.items.emplace_back(item.element, options.items[i] ? *options.items[i] : standard);
  }
  return fields;
}

SignedDocument make_document(const Options& options) {
  if (options.as_is) return {read_document(*options.request_file), std::nullopt};
  const Signer signer = Signer::load(options.certificate, options.key);
  if (options.request_file)
    return sign_message(read_document(*options.request_file), *options.request_file, signer);
  const RequestId id{signer.certificate().eui(), parse_eui("--target", options.target),
                     options.counter.value_or(microseconds())};
  return {sign_document(request_root(request_fields(options, id)), signer), id};
}

// ---- The answer ----------------------------------------------------------------------------

const char* meaning(std::string_view code) {
  struct Meaning {
    std::string_view code;
    const char* text;
  };
  static constexpr std::array<Meaning, 10> kMeanings{{
      {"I99", " acknowledged"},
      {"E1", " User or User Role not known"},
      {"E2", " User Role not eligible for this Service Request"},
      {"E3", " User status does not permit"},
      {"E4", " User Role not authorised for this device"},
      {"E5", " Device (SMI) status incompatible"},
      {"E11", " Service Request and device type incompatible"},
      {"E12", " Service Request and command variant incompatible"},
      {"E13", " Service Request not valid for this URL"},
      {"E19", " Device does not exist"},
  }};
  for (const Meaning& known : kMeanings)
    if (known.code == code) return known.text;
  return "";
}

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
  std::cout << message->response_code << meaning(message->response_code) << '\n';
  return message->response_code.starts_with('I') ? kSuccess : kRejected;
}

// What RFC 9457 says about a failure: " title: detail".
std::string problem_text(const HttpAnswer& answer) {
  if (answer.content_type.starts_with("application/problem+json")) {
    try {
      std::istringstream json(answer.body);
      boost::property_tree::ptree problem;
      boost::property_tree::read_json(json, problem);
      return " " + problem.get<std::string>("title") + ": " + problem.get<std::string>("detail");
    } catch (const boost::property_tree::ptree_error&) {
      return " (its problem details cannot be read)";
    }
  }
  return " " + answer.reason;
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
    std::cout << "HTTP " << answer.status << problem_text(answer) << '\n';
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
  for (std::size_t i = 0; i < kItems.size(); ++i) {
    const Item& item = kItems[i];
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

// SPDX-License-Identifier: Apache-2.0
#include "client/console/exchange.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <stdexcept>
#include <system_error>

#include "adaptor/unix_ms.hpp"
#include "client/return_request.hpp"
#include "duis/credentials.hpp"
#include "duis/reader.hpp"
#include "duis/verify.hpp"
#include "duis/writer.hpp"
#include "foreign/bad_input.hpp"
#include "foreign/members.hpp"
#include "http/admin_client.hpp"

namespace sample::console {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using namespace dcc::duis;
using dcc::foreign::Json;
using dcc::foreign::Members;
using dcc::foreign::Path;

constexpr std::size_t kMaxText = 1000;

json::string as_json(std::string_view text) {
  return json::string(text.data(), text.size());
}

fs::path certificate_of(const Options& options, const std::string& name) {
  return options.credentials / (name + ".pem");
}

std::vector<std::optional<std::string>> read_items(const Members& question, std::string_view srv) {
  const auto items = client::return_items();
  std::vector<std::optional<std::string>> given(items.size());
  const Path path(question.path(), "items");
  for (const Json& member : dcc::foreign::free_members(question.at("items"), path)) {
    const Path place(path, member.name);
    const auto item = std::find_if(items.begin(), items.end(), [&](const client::ReturnItem& one) {
      return one.element == member.name && one.belongs_to(srv);
    });
    if (item == items.end()) dcc::foreign::refuse(place, "", "an item of " + std::string(srv));
    given[static_cast<std::size_t>(item - items.begin())] = dcc::foreign::read_text(member, place);
  }
  return given;
}

std::uint64_t read_counter(const Members& question) {
  if (question.find("counter") == nullptr) return client::new_counter();
  const auto text = dcc::foreign::read_word(question, "counter");
  std::uint64_t counter = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), counter);
  if (error != std::errc() || end != text.data() + text.size())
    dcc::foreign::refuse(Path(question.path(), "counter"), std::string(text), "a number");
  return counter;
}

std::string made(const Options& options, const Json& json) {
  static constexpr auto kNames =
      std::to_array<std::string_view>({"user", "srv", "device", "items", "counter"});
  const Path top;
  const Members question(json, top, kNames);
  const std::string srv = read_srv(question);
  const Eui64 device{dcc::foreign::read_eui64(question, "device")};
  const Signer signer = signer_of(options, dcc::foreign::read_word(question, "user", kMaxText));
  const RequestId id{signer.certificate().eui(), options.target, read_counter(question)};
  return sign_document(
      request_root(client::return_fields(id, srv, device.text(), read_items(question, srv))),
      signer);
}

// The last digit of the DeviceID is another one: the message stays valid, its signature does not.
std::string with_a_digit_changed(std::string document) {
  const std::size_t end = document.find("</sr:DeviceID>");
  if (end == std::string::npos || end == 0)
    throw dcc::foreign::BadInput("document: expected a DeviceID to change");
  char& digit = document[end - 1];
  digit = digit == '0' ? '1' : '0';
  return document;
}

std::string document_of(const Options& options, const Json& json) {
  const bool is_given = std::any_of(json.elements.begin(), json.elements.end(),
                                    [](const Json& member) { return member.name == "document"; });
  if (!is_given) return made(options, json);
  static constexpr auto kNames = std::to_array<std::string_view>({"document", "change"});
  const Path top;
  const Members question(json, top, kNames);
  std::string document(dcc::foreign::read_text(question, "document"));
  return dcc::foreign::read_boolean(question, "change") ? with_a_digit_changed(std::move(document))
                                                        : document;
}

json::object signature_of(const Options& options, const Message& message) {
  std::vector<std::string> problems;
  std::optional<fs::path> anchor;
  if (!options.trust_anchor.empty()) anchor = options.trust_anchor;
  const Credentials credentials = Credentials::load(options.credentials, anchor, problems);
  const Verdict verdict = verify(message, credentials, dcc::adaptor::unix_ms());
  if (verdict.signer == nullptr) return {{"verified", false}, {"text", as_json(verdict.why)}};
  return {{"verified", true}, {"text", "signed by " + verdict.signer->eui().text()}};
}

// What the host has noted of the request; null: nothing.
json::value outcome_of(const Options& options, const RequestId& id,
                       const std::optional<Eui64>& device) {
  std::string target = "/outcomes?originator=" + id.originator.text() + "&limit=200";
  if (device) target += "&device=" + device->text();
  AdminAnswer answer = AdminClient(options.admin).ask("GET", target);
  if (answer.status != 200) return nullptr;
  for (json::value& outcome : answer.body.at("outcomes").as_array()) {
    const auto& text = outcome.at("request_id").as_string();
    if (RequestId::parse({text.data(), text.size()}) == id) return std::move(outcome);
  }
  return nullptr;
}

// Null: it is no DUIS response.
const Message* response_in(const client::HttpAnswer& answer, Reader& reader) {
  const Message* const message = answer.status == 200 ? reader.read(answer.body) : nullptr;
  return message != nullptr && message->kind == Message::Kind::response ? message : nullptr;
}

// Adds what the answer says to `to`.
void explain(const Options& options, const client::HttpAnswer& answer, json::object& to) {
  to["status"] = answer.status;
  to["answer"] = as_json(answer.body);
  to["signature"] = nullptr;
  Reader reader(*Schema::built_in());
  to["code"] = code_of(answer, reader);
  const Message* const message = response_in(answer, reader);
  if (message == nullptr) {
    to["meaning"] = client::problem_text(answer);
    return;
  }
  to["meaning"] = as_json(client::meaning(message->response_code));
  to["signature"] = signature_of(options, *message);
}

}  // namespace

std::vector<Person> people(const Options& options) {
  std::vector<Person> all;
  for (const auto& entry : fs::directory_iterator(options.keys)) {
    if (entry.path().extension() != ".key") continue;
    const std::string name = entry.path().stem().string();
    try {
      const Eui64 id = Certificate::load(certificate_of(options, name)).eui();
      if (id != options.target) all.push_back({name, id});  // the host's own signs no request
    } catch (const CryptoError&) {
      // A server's key, or one without a certificate.
    }
  }
  std::sort(all.begin(), all.end(),
            [](const Person& a, const Person& b) { return a.name < b.name; });
  return all;
}

// Never a path made of the name.
Signer signer_of(const Options& options, std::string_view name) {
  const auto all = people(options);
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const Person& one) { return one.name == name; });
  if (found == all.end())
    throw dcc::foreign::BadInput("user: " + std::string(name) + ": expected one whose key is in " +
                                 options.keys.string());
  return Signer::load(certificate_of(options, found->name), options.keys / (found->name + ".key"));
}

std::string read_srv(const Members& question) {
  std::string srv(dcc::foreign::read_word(question, "srv"));
  if (srv != client::kFaultReturn && srv != client::kNoFaultReturn)
    dcc::foreign::refuse(Path(question.path(), "srv"), srv, "8.14.3 or 8.14.4");
  return srv;
}

std::string code_of(const client::HttpAnswer& answer, Reader& reader) {
  const Message* const message = response_in(answer, reader);
  return message == nullptr ? "HTTP " + std::to_string(answer.status)
                            : std::string(message->response_code);
}

json::array srvs() {
  json::array all;
  for (const auto& [srv, title] : client::kReturnSrvs) {
    json::array items;
    for (const client::ReturnItem& item : client::return_items()) {
      if (!item.belongs_to(srv)) continue;
      json::array values;
      for (const char* value : item.values) values.push_back(json::string(value));
      items.push_back(json::object{{"element", item.element},
                                   {"option", item.option},
                                   {"mandatory", item.standard != nullptr},
                                   {"standard", item.standard == nullptr ? "" : item.standard},
                                   {"values", std::move(values)},
                                   {"max_length", item.max_length}});
    }
    all.push_back(json::object{{"srv", srv}, {"title", title}, {"items", std::move(items)}});
  }
  return all;
}

json::object exchange(const Options& options, const Json& question) {
  const std::string document = document_of(options, question);
  json::object result{{"document", as_json(document)}};
  const auto begin = std::chrono::steady_clock::now();
  const client::HttpAnswer answer =
      client::post_xml(options.service, options.tls, document, options.patience);
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
  result["milliseconds"] = took.count();
  explain(options, answer, result);

  Reader reader(*Schema::built_in());
  const Message* const sent = reader.read(document);
  const bool has_id = sent != nullptr && sent->request_id.has_value();
  result["request_id"] = has_id ? sent->request_id->text() : std::string();
  result["outcome"] = nullptr;
  if (has_id && answer.status == 200) {
    result["outcome"] = outcome_of(options, *sent->request_id, sent->device_id);
  }
  return result;
}

}  // namespace sample::console

// SPDX-License-Identifier: Apache-2.0
#include "foreign/duis/answer.hpp"

#include "dcc/host.h"
#include "foreign/bad_input.hpp"
#include "foreign/json_writer.hpp"
#include "foreign/members.hpp"
#include "foreign/message.hpp"
#include "host/contract_limits.hpp"
#include "host/one_line.hpp"
#include "text/hex.hpp"

namespace dcc::foreign {
namespace {

constexpr std::size_t kRoomForFacts = 65536;  // beside a request

void write_signer(const duis::Certificate& signer, JsonWriter& to) {
  to.member("eui", signer.eui().text());
  to.member("issuer", signer.issuer());
  to.member("serial", signer.serial());
}

// What a request and a response to it have in common.
void write_response(const duis::Message& message, JsonWriter& to) {
  to.name("response");
  to.open('{');
  to.member("schema_version", message.schema_version);
  if (message.request_id) to.member("request_id", message.request_id_text);
  to.member("service_reference", message.service_reference);
  to.member("srv", message.service_reference_variant);
  to.close('}');
}

void write_items(const duis::Message& message, JsonWriter& to) {
  to.name("items");
  to.open('[');
  for (const duis::Item& item : message.items) {
    to.open('[');
    to.text(item.path);
    to.text(item.value);
    to.close(']');
  }
  to.close(']');
}

void write_verdict(const duis::Verdict& verdict, JsonWriter& to) {
  to.member("digest", text::hex({reinterpret_cast<const char*>(verdict.digest.data()),
                                 verdict.digest.size()}));
  to.name("signer");
  to.open('{');
  write_signer(*verdict.signer, to);
  to.close('}');
}

// What the schema lets pass and dcch_decide() does not.
void check_request(const duis::Message& message) {
  const Path top;
  check_word(message.service_reference_variant, {top, "ServiceReferenceVariant"}, kMaxWord);
  check_word(message.service_reference, {top, "ServiceReference"}, kMaxWord);
  const Path body(top, "Body");
  check_word(message.body_element, body, kMaxWord);
  for (const duis::Item& item : message.items) check_word(item.path, body, kMaxItemPath);
}

}  // namespace

std::string message_to_decide(const duis::Message& message, std::int64_t received_at,
                              std::int64_t deadline) {
  check_request(message);
  JsonWriter to;
  to.open('{');
  to.member("srv", message.service_reference_variant);
  to.member("service_reference", message.service_reference);
  to.name("command_variant");
  to.integer(message.command_variant);
  to.member("originator", message.request_id->originator.text());
  to.member("target", message.request_id->target.text());
  to.member("counter", std::to_string(message.request_id->counter));
  to.member("body_element", message.body_element);
  write_items(message, to);
  to.member("canonical", message.canonical);
  to.name("received_at");
  to.integer(received_at);
  to.name("deadline");
  to.integer(deadline);
  to.close('}');
  std::string text = std::move(to).take();
  if (text.size() > DCCH_MAX_MESSAGE - kRoomForFacts) {
    throw BadInput("the request has " + std::to_string(text.size()) +
                   " octets as a message to decide, expected " +
                   std::to_string(DCCH_MAX_MESSAGE - kRoomForFacts) + " at most");
  }
  return text;
}

std::string request_answer(const duis::Message& message, const duis::Verdict& verdict,
                           std::int64_t received_at, std::int64_t deadline) {
  const std::string request = message_to_decide(message, received_at, deadline);
  JsonWriter to;
  to.open('{');
  to.member("kind", "request");
  to.name("request");
  to.word(request);
  write_response(message, to);
  if (message.device_id) to.member("device_id", message.device_id->text());
  write_verdict(verdict, to);
  to.close('}');
  return std::move(to).take();
}

std::string response_answer(const duis::Message& message, const duis::Verdict& verdict) {
  JsonWriter to;
  to.open('{');
  to.member("kind", "response");
  write_response(message, to);
  to.member("code", message.response_code);
  to.member("date_time", message.response_time);
  write_items(message, to);
  write_verdict(verdict, to);
  to.close('}');
  return std::move(to).take();
}

std::string refusal_answer(std::string_view kind, std::string_view reason,
                           const std::optional<duis::RequestId>& id) {
  JsonWriter to;
  to.open('{');
  to.member("kind", kind);
  to.member("reason", host::one_line(reason, host::kMaxReason));
  if (id) to.member("request_id", id->text());
  to.close('}');
  return std::move(to).take();
}

std::string reload_answer(std::size_t certificates, const std::vector<std::string>& problems,
                          const duis::Certificate* signer) {
  JsonWriter to;
  to.open('{');
  to.name("certificates");
  to.integer(static_cast<std::int64_t>(certificates));
  to.name("problems");
  to.open('[');
  for (const std::string& problem : problems) to.text(problem);
  to.close(']');
  if (signer != nullptr) {
    to.name("signer");
    to.open('{');
    write_signer(*signer, to);
    to.name("not_after");
    to.integer(signer->not_after());
    to.close('}');
  }
  to.close('}');
  return std::move(to).take();
}

}  // namespace dcc::foreign

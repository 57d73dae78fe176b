// SPDX-License-Identifier: Apache-2.0
#include "foreign/duis/duis.hpp"

#include <array>
#include <utility>

#include "adaptor/header.hpp"
#include "dcc/duis.h"
#include "duis/verify.hpp"
#include "duis/writer.hpp"
#include "foreign/bad_input.hpp"
#include "foreign/duis/answer.hpp"
#include "foreign/members.hpp"

namespace dcc::foreign {
namespace {

constexpr auto kFields = std::to_array<std::string_view>(
    {"schema_version", "request_id", "service_reference", "srv", "code", "time"});
constexpr std::size_t kMaxRequestId = 100;

std::shared_ptr<const duis::Schema> load_schema(const DuisOptions& options) try {
  return options.schema ? duis::Schema::load(*options.schema) : duis::Schema::built_in();
} catch (const duis::SchemaError& error) {
  throw BadInput(std::string("schema: ") + error.what());
}

void check_time(std::int64_t time, std::string_view name) {
  if (time >= 0 && time <= kMaxTime) return;
  throw BadInput(std::string(name) + ": " + std::to_string(time) +
                 ": expected Unix milliseconds, from 0 to the end of the year 9999");
}

}  // namespace

Duis::Readers::Readers(std::shared_ptr<const duis::Schema> schema) : schema_(std::move(schema)) {
  idle_.push_back(std::make_unique<duis::Reader>(*schema_));
}

std::unique_ptr<duis::Reader> Duis::Readers::take_one() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      auto reader = std::move(idle_.back());
      idle_.pop_back();
      return reader;
    }
  }
  return std::make_unique<duis::Reader>(*schema_);
}

void Duis::Readers::give(std::unique_ptr<duis::Reader> reader) noexcept try {
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(reader));
} catch (const std::bad_alloc&) {
  // One less is kept.
}

Duis::Duis(DuisOptions options) : options_(std::move(options)), readers_(load_schema(options_)) {}

std::string Duis::reload() {
  const std::lock_guard one(control_);
  auto fresh = std::make_shared<Loaded>();
  if (options_.signing) {
    try {
      fresh->signer = duis::Signer::load(options_.signing->certificate, options_.signing->key);
    } catch (const duis::CryptoError& error) {
      throw BadInput(error.what());
    }
  }
  std::vector<std::string> problems;
  fresh->credentials =
      duis::Credentials::load(options_.certificates, options_.trust_anchor, problems);
  const std::size_t count = fresh->credentials.certificates().size();
  // A directory that cannot be read for a moment must not turn all Users away.
  if (count == 0 && !problems.empty()) throw BadInput(problems.front());
  fresh->is_there = true;
  loaded_.publish(fresh);
  return reload_answer(count, problems, fresh->signer ? &fresh->signer->certificate() : nullptr);
}

std::shared_ptr<const Duis::Loaded> Duis::loaded() const {
  auto loaded = loaded_.current();
  if (!loaded->is_there) throw NotNow("no dccd_reload() has gone well yet");
  return loaded;
}

std::string Duis::read(std::string_view octets, std::int64_t received_at, std::int64_t deadline) {
  check_time(received_at, "received_at");
  check_time(deadline, "deadline");
  const auto loaded = this->loaded();
  if (octets.size() > DCCD_MAX_OCTETS) {
    return refusal_answer("not_valid",
                          "the message has " + std::to_string(octets.size()) +
                              " octets, expected " + std::to_string(DCCD_MAX_OCTETS) + " at most",
                          std::nullopt);
  }
  const auto reader = readers_.take();
  const duis::Message* const message = reader->read(octets);
  if (message == nullptr) {
    const duis::Refusal& refusal = reader->refusal();
    return refusal_answer(
        refusal.kind == duis::Refusal::Kind::signature ? "signature" : "not_valid", refusal.text,
        std::nullopt);
  }
  return read(*message, *loaded, received_at, deadline);
}

std::string Duis::read(const duis::Message& message, const Loaded& loaded, std::int64_t received_at,
                       std::int64_t deadline) const {
  const bool is_request = message.kind == duis::Message::Kind::request;
  if (is_request) {
    const std::string why =
        adaptor::invalid_header(message, options_.schema_versions, options_.control_broker);
    if (!why.empty()) return refusal_answer("not_valid", why, message.request_id);
  }
  const duis::Verdict verdict = duis::verify(message, loaded.credentials, received_at);
  if (verdict.signer == nullptr) {
    return refusal_answer("signature", verdict.why, message.request_id);
  }
  if (!is_request) return response_answer(message, verdict);
  try {
    return request_answer(message, verdict, received_at, deadline);
  } catch (const BadInput& error) {
    return refusal_answer("not_valid", error.what(), message.request_id);
  }
}

std::string Duis::write(const Json& json) {
  const Path top;
  const Members members(json, top, kFields);
  duis::ResponseFields fields;
  fields.schema_version = read_word(members, "schema_version");
  fields.request_id = read_word(members, "request_id", kMaxRequestId);
  fields.service_reference = read_word(members, "service_reference");
  fields.srv = read_word(members, "srv");
  fields.code = read_word(members, "code");
  fields.response_time = read_integer(members, "time", kMaxTime);

  const auto loaded = this->loaded();
  const duis::Signer* const signer = loaded->signer ? &*loaded->signer : nullptr;
  if (signer != nullptr) {
    const auto validity = signer->certificate().validity(fields.response_time);
    if (validity != duis::Validity::valid) {
      throw NotNow(options_.signing->certificate.string() + ": is " +
                   std::string(duis::text(validity)) + " at " +
                   duis::date_time(fields.response_time));
    }
  }
  std::string document = duis::response_document(fields, signer);
  const auto reader = readers_.take();
  if (reader->read(document) == nullptr) {
    throw BadInput("it would not be a valid response: " + reader->refusal().text);
  }
  return document;
}

}  // namespace dcc::foreign

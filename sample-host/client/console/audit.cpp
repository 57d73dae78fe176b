// SPDX-License-Identifier: Apache-2.0
#include "client/console/audit.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>

#include "adaptor/outcome_json.hpp"
#include "adaptor/pipeline.hpp"
#include "client/console/host_questions.hpp"
#include "duis/reader.hpp"
#include "duis/request_view.hpp"
#include "foreign/bad_input.hpp"
#include "foreign/members.hpp"
#include "json/json_text.hpp"
#include "shadow/message.hpp"

namespace sample::console {
namespace {

namespace json = boost::json;
using dcc::adaptor::StoredOutcome;
using dcc::duis::RequestId;
using dcc::foreign::Json;
using dcc::foreign::Members;
using dcc::foreign::Path;

constexpr std::size_t kLongestId = 200;
// A hundred thousand of one originator's, the newest.
constexpr int kPages = 100;

std::int64_t cursor_of(AdminClient& admin, const RequestId& id) {
  const std::string all = "/outcomes?limit=1000&originator=" + id.originator.text();
  std::string before;
  for (int page = 0; page < kPages; ++page) {
    const json::object found = told(admin, all + before);
    for (const json::value& outcome : found.at("outcomes").as_array()) {
      const auto& text = outcome.at("request_id").as_string();
      if (RequestId::parse({text.data(), text.size()}) == id)
        return outcome.at("cursor").as_int64();
    }
    if (found.at("next").is_null())
      throw std::runtime_error("nothing in the store was answered to RequestID " + id.text());
    before = "&before=" + std::to_string(found.at("next").as_int64());
  }
  throw std::runtime_error("RequestID " + id.text() +
                           " is not among the newest of its originator; its record can be read by "
                           "its cursor");
}

RequestId read_request_id(const Members& question) {
  const auto text = dcc::foreign::read_word(question, "request_id", kLongestId);
  const auto id = RequestId::parse(text);
  if (!id) {
    dcc::foreign::refuse(Path(question.path(), "request_id"), std::string(text),
                         "ORIGINATOR:TARGET:COUNTER");
  }
  return *id;
}

// With its messages.
StoredOutcome stored(AdminClient& admin, std::int64_t cursor) {
  return dcc::adaptor::record_from_json(
      dcc::json_text(told(admin, "/outcomes/" + std::to_string(cursor))));
}

std::int64_t read_cursor(const Members& question) {
  return dcc::foreign::read_integer(question, "cursor", dcc::foreign::kMaxInteger, 1);
}

}  // namespace

json::object verify_trail(const HostProgram& host) {
  // 1: what is wrong is printed; anything else: it could not look.
  const auto result = run_host(host, {"audit", "--verify"});
  if (result.number != 0 && result.output.empty())
    throw std::runtime_error(host.program.string() + " audit: " + result.errors);
  return {{"whole", result.number == 0}, {"said", result.output}};
}

json::object audit_record(AdminClient& admin, const Json& json) {
  static constexpr auto kNames = std::to_array<std::string_view>({"cursor", "request_id"});
  const Path top;
  const Members question(json, top, kNames);
  const StoredOutcome record = stored(admin, question.find("request_id") != nullptr
                                                 ? cursor_of(admin, read_request_id(question))
                                                 : read_cursor(question));
  json::object view = dcc::adaptor::outcome_view(record);
  view["request"] = record.outcome.request;
  view["response"] = record.outcome.response;
  return view;
}

json::object decide_again(AdminClient& admin, const Json& json) {
  static constexpr auto kNames = std::to_array<std::string_view>({"cursor"});
  const Path top;
  const Members question(json, top, kNames);
  const StoredOutcome record = stored(admin, read_cursor(question));
  const dcc::adaptor::Outcome& was = record.outcome;
  if (!record.basis.empty())
    throw std::runtime_error("record " + std::to_string(record.cursor) +
                             " is of an old store, without facts to decide on");
  dcc::duis::Reader reader(*dcc::duis::Schema::built_in());
  const dcc::duis::Message* const message = reader.read(was.request);
  if (message == nullptr || !message->request_id)
    throw std::runtime_error("record " + std::to_string(record.cursor) +
                             ": its request cannot be read: " + reader.refusal().text);
  dcc::duis::RequestView view;
  const dcc_request& request =
      view.of(*message, was.role, was.received_at, was.received_at + dcc::adaptor::kDeadlineMs);
  const Trial now = try_out(admin, decide_message(request, was.facts));
  return {{"was", {{"code", was.code}, {"reason", was.reason}, {"handler", was.handler}}},
          {"now", {{"code", now.code}, {"reason", now.reason}, {"handler", now.handler}}}};
}

}  // namespace sample::console

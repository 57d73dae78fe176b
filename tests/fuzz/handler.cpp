// SPDX-License-Identifier: Apache-2.0
//
// The handler of ch-returns as a host calls it, against the oracle of the decision space. The input
// is a request and the world around it, a line each: a word, a space and a text, in which \xHH is
// an octet. What is not said is as below; an unknown word says nothing.
//
//     eis|gis|sna|status_code|appointment TEXT    settings, of those that the oracle knows
//     srv|role|type|status TEXT                   8.14.3 or 8.14.4; role; the device as it is found
//     device|orderer|any NUMBER                   what the lookups return
//     item PATH=VALUE                             a leaf of the body; as often as there are leaves
//     size|originator|counter|received_at NUMBER  of the request
#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "contract/fake_host.hpp"
#include "dcc/response_codes.hpp"
#include "fuzz/promise.hpp"
#include "unit/plugin/oracle.hpp"

namespace {

using fuzz::promise;
using fuzz::promise_same;

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text.size() - i >= 4 && text[i] == '\\' && text[i + 1] == 'x' &&
                        digit(text[i + 2]) >= 0 && digit(text[i + 3]) >= 0;
    if (!escape) {
      out += text[i];
    } else {
      out += static_cast<char>(digit(text[i + 2]) * 16 + digit(text[i + 3]));
      i += 3;
    }
  }
  return out;
}

template <typename Number>
void set_number(Number& number, std::string_view text) {
  std::from_chars(text.data(), text.data() + text.size(), number);
}

// The table's own spelling of a setting, if it has it.
template <typename Table>
void set_choice(std::string_view& choice, const Table& table, std::string_view text) {
  const auto found = std::find(table.begin(), table.end(), text);
  if (found != table.end()) choice = *found;
}

struct Input {
  struct Item {
    std::string path, value;
  };

  oracle::Settings settings{"8.14.3", "any", "any", "Pending", "E5", "required"};
  std::string role = "SNA", type = "CHF", status = "Pending";
  dcc_status device = DCC_OK, orderer = DCC_OK, any = DCC_OK;
  std::vector<Item> items;
  std::uint32_t size = sizeof(dcc_request);
  std::uint64_t originator = 0x90B3D51F30030000, counter = 1000;
  std::int64_t received_at = 1'780'000'000'000;

  explicit Input(std::string_view text) {
    while (!text.empty()) {
      const std::string_view line = text.substr(0, text.find('\n'));
      text.remove_prefix(std::min(line.size() + 1, text.size()));
      const std::size_t space = line.find(' ');
      if (space != std::string_view::npos) say(line.substr(0, space), line.substr(space + 1));
    }
  }

 private:
  void say(std::string_view word, std::string_view text) {
    if (word == "srv") set_choice(settings.srv, oracle::kSrvs, text);
    if (word == "eis") set_choice(settings.eis, oracle::kSupplierSettings, text);
    if (word == "gis") set_choice(settings.gis, oracle::kSupplierSettings, text);
    if (word == "sna") set_choice(settings.sna, oracle::kAgentSettings, text);
    if (word == "status_code") set_choice(settings.status_code, oracle::kStatusCodes, text);
    if (word == "appointment") set_choice(settings.appointment, oracle::kAppointmentSettings, text);
    if (word == "role") role = unescaped(text);
    if (word == "type") type = unescaped(text);
    if (word == "status") status = unescaped(text);
    if (word == "device") set_number(device, text);
    if (word == "orderer") set_number(orderer, text);
    if (word == "any") set_number(any, text);
    if (word == "size") set_number(size, text);
    if (word == "originator") set_number(originator, text);
    if (word == "counter") set_number(counter, text);
    if (word == "received_at") set_number(received_at, text);
    if (word == "item") {
      const std::size_t equals = std::min(text.find('='), text.size());
      items.push_back({unescaped(text.substr(0, equals)),
                       unescaped(text.substr(std::min(equals + 1, text.size())))});
    }
  }
};

// Texts as a plugin may get them: not a NUL behind them, nothing at all where they are empty.
class Given {
 public:
  dcc_str str(std::string_view text) {
    if (text.empty()) return {nullptr, 0};
    auto& copy = texts_.emplace_back(std::make_unique<char[]>(text.size()));
    std::copy(text.begin(), text.end(), copy.get());
    return {copy.get(), text.size()};
  }

 private:
  std::vector<std::unique_ptr<char[]>> texts_;
};

struct Reply {
  dcc_status status = DCC_OK;
  dcc_call call;
};

Reply ask(const dcc_handler& handler, const Input& input) {
  Given given;
  std::vector<dcc_item> items;
  for (const auto& item : input.items)
    items.push_back({given.str(item.path), given.str(item.value)});
  dcc_request request = contract::request(input.settings.srv, "", "", items);
  request.srv = given.str(input.settings.srv);
  request.user_role = given.str(input.role);
  request.body_element = given.str(contract::text(handler.body_element));
  request.originator = input.originator;
  request.counter = input.counter;
  request.received_at = input.received_at;
  // In so much memory as the request says that it has.
  constexpr std::uint32_t kSizeOnly = sizeof request.size;
  request.size = std::clamp<std::uint32_t>(input.size, kSizeOnly, 2 * sizeof request);
  const auto octets = std::make_unique<std::uint8_t[]>(request.size);
  std::memcpy(octets.get(), &request, std::min<std::size_t>(request.size, sizeof request));
  Reply reply;
  reply.status =
      handler.handle(handler.self, reinterpret_cast<dcc_request*>(octets.get()), &reply.call);
  return reply;
}

// ---- What the reply should be ----

bool is_eui(std::string_view text) {
  if (text.size() != 23) return false;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (i % 3 == 2 ? text[i] != '-' : digit(text[i]) < 0) return false;
  return true;
}

// The one value with this path; nothing: there is none, or more than one.
std::optional<std::string_view> only(const Input& input, std::string_view path) {
  std::optional<std::string_view> value;
  for (const auto& item : input.items) {
    if (item.path != path) continue;
    if (value) return std::nullopt;
    value = item.value;
  }
  return value;
}

bool is_valid(const Input& input) {
  const auto device = only(input, "DeviceID");
  if (!device || !is_eui(*device)) return false;
  if (input.settings.srv != "8.14.3") return true;
  const auto type = only(input, "CHFFaultReturnType");
  return type == "Fault identified prior to installation" ||
         type == "Fault identified post installation";
}

// In the oracle's words.
oracle::Case case_of(const Input& input) {
  const auto word = [](dcc_status status, oracle::Text yes) -> oracle::Text {
    return status == DCC_OK ? yes : status == DCC_NOT_FOUND ? "none" : "unavailable";
  };
  const oracle::Text role = input.role == "IS"    ? "EIS"
                            : input.role == "GS"  ? "GIS"
                            : input.role == "RSA" ? "SNA"
                                                  : oracle::Text(input.role);
  const oracle::Text found =
      input.type == "absent" || input.type == "unavailable" ? oracle::Text() : input.type;
  // What the host says is there has a type and a status, or nothing was filled in.
  const bool is_filled_in = !input.type.empty() && !input.status.empty();
  const oracle::Text device = input.device == DCC_OK && is_filled_in ? found
                              : input.device == DCC_NOT_FOUND        ? "absent"
                                                                     : "unavailable";
  const oracle::Text appointed = input.settings.appointment == "required"
                                     ? word(input.orderer, "orderer")
                                     : word(input.any, "another");
  return {input.settings, role, input.status, device, appointed};
}

void check(const Input& input, const Reply& reply) {
  const dcc_call& call = reply.call;
  constexpr std::size_t kFirstSize = offsetof(dcc_request, deadline) + sizeof(std::int64_t);
  if (input.size < kFirstSize) {
    promise(reply.status == DCC_INVALID && call.asked.empty() && call.code.empty() &&
                call.not_valid.empty(),
            "a request that is too short is refused unread");
    return;
  }
  if (!is_valid(input)) {
    promise(reply.status == DCC_OK && call.code.empty() && !call.not_valid.empty(),
            "a body without its one hub is not valid");
    promise(call.asked.empty(), "nothing is asked about a body that is not valid");
    return;
  }
  const oracle::Case facts = case_of(input);
  const oracle::Row& row = oracle::judge(facts);
  promise_same(call.asked, row.asked, row.requirement);
  promise(call.not_valid.empty(), "a valid body gets a code");
  if (row.code == "503") {
    promise(reply.status == DCC_UNAVAILABLE && call.code.empty(), row.requirement);
    return;
  }
  promise(reply.status == DCC_OK, "a decision is OK");
  promise_same(call.code, oracle::code(row, facts), row.requirement);
  promise(dcc::is_response_code(call.code) && !call.reason.empty(),
          "a decision has a code of the schema and a reason");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Input input(std::string_view(reinterpret_cast<const char*>(data), size));
  contract::FakeHost host(input.settings.lines());
  host.device_status = input.device;
  host.device = {input.type, input.status};
  host.acts_for_orderer_status = input.orderer;
  host.acts_for_any_status = input.any;
  const contract::Instance instance(dcc_plugin_entry_v1, host);
  const dcc_handler& handler = host.handler(input.settings.srv);
  const Reply reply = ask(handler, input);
  check(input, reply);
  const Reply again = ask(handler, input);
  promise(again.status == reply.status && again.call.code == reply.call.code &&
              again.call.reason == reply.call.reason,
          "the same question has the same answer");
  return 0;
}

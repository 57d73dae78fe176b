// SPDX-License-Identifier: Apache-2.0
#include "foreign/line_requests.hpp"

#include <algorithm>
#include <array>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <exception>
#include <optional>

#include "dcc/plugin.h"
#include "foreign/bad_input.hpp"
#include "foreign/members.hpp"
#include "json/json_text.hpp"

namespace dcc::foreign {
namespace {

constexpr auto kNames = std::to_array<std::string_view>({"id", "decide", "state", "reload", "log"});
constexpr std::string_view kNoId = "null";
constexpr int kMaxReloads = 2;  // one that runs, one that sees what changed meanwhile
constexpr std::size_t kLogRoom = std::size_t{1} << 20;

struct Framed {
  std::string_view id, message;
};

// A line as bindings write it, {"id":N,"decide":M}: taken apart before M is understood, so that
// what is wrong with M is told by M's own octets, and to the one who has asked.
std::optional<Framed> framed(std::string_view line) {
  constexpr std::string_view kBegin = R"({"id":)", kThen = R"(,"decide":)";
  constexpr std::size_t kMaxDigits = 15;
  if (!line.starts_with(kBegin) || !line.ends_with('}')) return std::nullopt;
  const std::string_view rest = line.substr(kBegin.size(), line.size() - kBegin.size() - 1);
  const std::size_t digits = std::min(rest.find_first_not_of("0123456789"), rest.size());
  if (digits == 0 || digits > kMaxDigits || (digits > 1 && rest.front() == '0') ||
      !rest.substr(digits).starts_with(kThen)) {
    return std::nullopt;
  }
  return Framed{rest.substr(0, digits), rest.substr(digits + kThen.size())};
}

std::string answer_line(std::string_view id, std::string_view answer) {
  return R"({"id":)" + std::string(id) + R"(,"answer":)" + std::string(answer) + '}';
}

// As it was given; nothing if it is none.
std::string id_of(const Json& line) {
  if (line.type != Json::Type::object) return std::string(kNoId);
  for (const Json& member : line.elements) {
    if (member.name != "id") continue;
    if (member.type == Json::Type::integer) return std::to_string(member.integer);
    if (member.type == Json::Type::text && member.text.size() <= kMaxWord) {
      return json_text(boost::json::value(member.text));
    }
  }
  return std::string(kNoId);
}

// The one member beside the id.
const Json& request_of(const Members& members, std::string_view id) {
  if (id == kNoId) {
    members.at("id");
    refuse(Path(members.path(), "id"), shown(members.at("id")),
           "an integer, or a text of at most " + std::to_string(kMaxWord) + " octets");
  }
  const Json* request = nullptr;
  for (const std::string_view name : kNames) {
    const Json* const found = name == "id" ? nullptr : members.find(name);
    if (found == nullptr) continue;
    if (request != nullptr) {
      refuse(Path(members.path(), name), shown(*found),
             "one request a line; there is " + std::string(request->name) + " already");
    }
    request = found;
  }
  if (request == nullptr) refuse(members.path(), "", "decide, state, reload or log beside the id");
  return *request;
}

void check_is_true(const Json& json) {
  const Path top;
  const Path path(top, json.name);
  if (!read_boolean(json, path)) refuse(path, shown(json), "true");
}

}  // namespace

std::string error_line(std::string_view id, int status, std::string_view reason) {
  const boost::json::object error{{"status", status}, {"reason", reason}};
  return R"({"id":)" + std::string(id) + R"(,"error":)" + json_text(error) + '}';
}

std::string LineRequests::too_long() const {
  return error_line(kNoId, DCC_INVALID,
                    "a line of more than " + std::to_string(kMaxLine) + " octets");
}

std::string LineRequests::reload(const Json& which) {
  const Path top;
  const Path path(top, "reload");
  const std::string_view word = read_word(which, path);
  if (word != "changed" && word != "all") refuse(path, shown(which), "\"changed\" or \"all\"");
  struct Count {
    explicit Count(std::atomic<int>& reloads) : count(reloads) { before = count.fetch_add(1); }
    ~Count() { --count; }
    std::atomic<int>& count;
    int before;
  } const turn(reloads_);
  if (turn.before >= kMaxReloads) throw NotNow("reload: one is under way, and one waits for it");
  host_.reload(word == "all" ? host::Retry::all : host::Retry::changed);
  return host_.state();
}

std::string LineRequests::answer(std::string_view line, Asker asker) noexcept {
  std::string id(kNoId);
  try {
    try {
      if (const auto asked = framed(line)) {
        id = asked->id;
        const JsonTree message(within_limit(asked->message, "the message"));
        return answer_line(id, host_.decide(message.root()));
      }
      const JsonTree tree(line);
      id = id_of(tree.root());
      const Path top;
      const Members members(tree.root(), top, kNames);
      const Json& request = request_of(members, id);
      const std::string_view name = request.name;
      if (asker == Asker::peer && (name == "reload" || name == "log")) {
        throw NotNow(std::string(name) + ": on standard input only");
      }
      std::string text;
      if (name == "decide") {
        text = host_.decide(request);
      } else if (name == "reload") {
        text = reload(request);
      } else {
        check_is_true(request);
        text = name == "state" ? host_.state() : host_.take_log(kLogRoom);
      }
      return answer_line(id, text);
    } catch (const BadInput& error) {
      return error_line(id, DCC_INVALID, error.what());
    } catch (const NotNow& error) {
      return error_line(id, DCC_NOT_NOW, error.what());
    } catch (const std::exception& error) {
      return error_line(id, DCC_INTERNAL, error.what());
    }
  } catch (...) {  // no memory even to say so
    return {};
  }
}

}  // namespace dcc::foreign

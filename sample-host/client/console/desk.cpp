// SPDX-License-Identifier: Apache-2.0
#include "client/console/desk.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <string>

#include "client/console/audit.hpp"
#include "client/console/candidate.hpp"
#include "client/console/exchange.hpp"
#include "client/console/host_questions.hpp"
#include "client/console/live.hpp"
#include "client/console/rule_table.hpp"
#include "foreign/json_tree.hpp"
#include "foreign/members.hpp"
#include "http/admin_client.hpp"

namespace sample::console {
namespace {

namespace json = boost::json;
using dcc::foreign::Json;
using dcc::foreign::Members;
using dcc::foreign::Path;

constexpr std::size_t kMaxOffered = 200;

void expect_nothing(const Json& question) {
  const Path top;
  const Members none(question, top, {});
}

// Users as the host's register has them, by their IDs.
std::map<json::string, json::object> registered(AdminClient& admin) {
  std::map<json::string, json::object> users;
  for (std::string after; users.size() < 10'000;) {
    const json::object page = told(admin, "/users?limit=1000" + after);
    for (const json::value& user : page.at("users").as_array())
      users[user.at("user_id").as_string()] = user.as_object();
    if (page.at("next").is_null()) break;
    after = "&after=" + std::string(page.at("next").as_string());
  }
  return users;
}

// Those of the beginning, for the page to offer; the inventory has more.
json::array offered_hubs(const Options& options) {
  json::array hubs;
  if (options.imports.world.empty()) return hubs;
  std::ifstream rows(options.imports.world / "devices.csv");
  for (std::string row; std::getline(rows, row) && hubs.size() < kMaxOffered;) {
    const auto id = dcc::duis::Eui64::parse(row.substr(0, row.find(',')));
    if (id) hubs.push_back(json::string(id->text()));
  }
  return hubs;
}

json::object start(const Options& options, const Json& question) {
  expect_nothing(question);
  AdminClient admin(options.admin);
  auto users = registered(admin);
  json::array with_keys;
  for (const Person& person : people(options)) {
    const std::string id = person.id.text();
    json::object user{{"key", person.name}, {"user_id", id}};
    const auto found = users.find(json::string(id));
    user["register"] = found == users.end() ? json::value() : json::value(found->second);
    with_keys.push_back(std::move(user));
  }
  return {{"users", std::move(with_keys)},
          {"srvs", srvs()},
          {"hubs", offered_hubs(options)},
          {"edits", !options.settings.empty()},
          {"imports", !options.imports.host.configuration.empty()},
          {"tries", has_candidates(options)},
          {"other_build", options.candidate.build.string()},
          {"resets", !options.imports.world.empty()},
          {"keys", options.keys.string()},
          {"credentials", options.credentials.string()},
          {"cacert", options.tls.ca},
          {"target", options.target.text()},
          {"service", (options.service.tls ? "https://" : "http://") + options.service.authority +
                          options.service.path},
          {"admin", options.admin.text(options.admin.port)}};
}

json::object state(const Options& options, const Json& question) {
  expect_nothing(question);
  AdminClient admin(options.admin);
  return {{"plugins", told(admin, "/plugins").at("plugins")}, {"health", told(admin, "/healthz")}};
}

json::object rule(const Options& options, const Json& json) {
  static constexpr auto kNames = std::to_array<std::string_view>({"at"});
  const Path top;
  const Members question(json, top, kNames);
  AdminClient admin(options.admin);
  return rule_table([&](const json::object& message) { return try_out(admin, message); },
                    options.target, dcc::foreign::read_integer(question, "at"));
}

// Adds the Supplier that the hub was ordered for, as the register has it, and which of the agents
// whose keys are here act for it today: "supplier", "agents": [{"key", "acts"}].
void add_relations(const Options& options, AdminClient& admin, const std::string& path,
                   json::object& to) {
  const auto users = registered(admin);
  const auto entry = [&](const json::value& id) {
    const auto found = id.is_string() ? users.find(id.as_string()) : users.end();
    return found == users.end() ? json::value() : json::value(found->second);
  };
  to["supplier"] = entry(to.at("ordered_for"));
  json::array agents;
  for (const Person& person : people(options)) {
    const json::string id(person.id.text());
    const json::value known = entry(id);
    if (known.is_null() || known.at("role") != "SNA") continue;
    const auto of_agent = told(admin, path + "?limit=1&originator=" + person.id.text());
    for (const json::value& fact : of_agent.at("facts").as_array()) {
      if (fact.at("kind") != "dcc.acts") continue;
      agents.push_back(
          json::object{{"key", person.name}, {"acts", fact.at("values").at("acts") == "yes"}});
    }
  }
  to["agents"] = std::move(agents);
}

json::object device(const Options& options, const Json& json) {
  static constexpr auto kNames = std::to_array<std::string_view>({"device"});
  const Path top;
  const Members question(json, top, kNames);
  const dcc::duis::Eui64 id{dcc::foreign::read_eui64(question, "device")};
  AdminClient admin(options.admin);
  const std::string path = "/devices/" + id.text();
  json::object found = told(admin, path + "?limit=20");
  add_relations(options, admin, path, found);
  return found;
}

}  // namespace

struct Desk::Question {
  std::string_view name;
  json::object (*answer)(Desk&, const Json&);
};

json::object Desk::answer(std::string_view name, std::string_view question) {
  static constexpr Question kQuestions[] = {
      {"start", [](Desk& desk, const Json& asked) { return start(desk.options_, asked); }},
      {"state", [](Desk& desk, const Json& asked) { return state(desk.options_, asked); }},
      {"rule", [](Desk& desk, const Json& asked) { return rule(desk.options_, asked); }},
      {"candidate",
       [](Desk& desk, const Json& asked) { return candidate_table(desk.options_, asked); }},
      {"send", [](Desk& desk, const Json& asked) { return exchange(desk.options_, asked); }},
      {"settings",
       [](Desk& desk, const Json& asked) {
         expect_nothing(asked);
         return desk.settings_.read();
       }},
      {"save", [](Desk& desk,
                  const Json& asked) { return desk.settings_.save(desk.options_.admin, asked); }},
      {"device", [](Desk& desk, const Json& asked) { return device(desk.options_, asked); }},
      {"set-device",
       [](Desk& desk, const Json& asked) { return set_device(desk.options_.imports, asked); }},
      {"reset",
       [](Desk& desk, const Json& asked) {
         expect_nothing(asked);
         return reset(desk.options_.imports);
       }},
      {"audit",
       [](Desk& desk, const Json& asked) {
         expect_nothing(asked);
         AdminClient admin(desk.options_.admin);
         return told(admin, "/audit");
       }},
      {"verify",
       [](Desk& desk, const Json& asked) {
         expect_nothing(asked);
         return verify_trail(desk.options_.imports.host);
       }},
      {"record",
       [](Desk& desk, const Json& asked) {
         AdminClient admin(desk.options_.admin);
         return audit_record(admin, asked);
       }},
      {"decide-again",
       [](Desk& desk, const Json& asked) {
         AdminClient admin(desk.options_.admin);
         return decide_again(admin, asked);
       }},
      {"live",
       [](Desk& desk, const Json& asked) {
         AdminClient admin(desk.options_.admin);
         return live_outcomes(admin, asked);
       }},
      {"start-load",
       [](Desk& desk, const Json& asked) {
         desk.load_.start(asked);
         return desk.load_.state();
       }},
      {"stop-load",
       [](Desk& desk, const Json& asked) {
         expect_nothing(asked);
         desk.load_.stop();
         return desk.load_.state();
       }},
      {"load",
       [](Desk& desk, const Json& asked) {
         expect_nothing(asked);
         return desk.load_.state();
       }},
      {"between", [](Desk& desk, const Json& asked) { return desk.between_.state(asked); }},
      {"set-fault",
       [](Desk& desk, const Json& asked) {
         desk.between_.set_fault(asked);
         return json::object();
       }},
  };
  const auto found = std::find_if(std::begin(kQuestions), std::end(kQuestions),
                                  [&](const Question& one) { return one.name == name; });
  if (found == std::end(kQuestions))
    throw NoSuchQuestion("the console answers no " + std::string(name));
  const dcc::foreign::JsonTree tree(question);
  return found->answer(*this, tree.root());
}

}  // namespace sample::console

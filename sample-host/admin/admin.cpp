// SPDX-License-Identifier: Apache-2.0
#include "admin/admin.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/verb.hpp>
#include <boost/json.hpp>
#include <optional>
#include <stdexcept>

#include "adaptor/outcome_json.hpp"
#include "adaptor/place.hpp"
#include "adaptor/unix_ms.hpp"
#include "admin/health.hpp"
#include "admin/query.hpp"
#include "foreign/bad_input.hpp"
#include "foreign/decide.hpp"
#include "foreign/json_tree.hpp"
#include "host/one_line.hpp"
#include "http/request_target.hpp"
#include "json/json_text.hpp"
#include "log.hpp"
#include "metrics/exposition.hpp"

namespace sample {
namespace {

namespace http = boost::beast::http;
namespace json = boost::json;
using dcc::adaptor::hex;
using dcc::host::PluginReport;

// The store cannot go on from that cursor.
struct BadPlace : std::runtime_error {
  using std::runtime_error::runtime_error;
};

Answer json_answer(const json::object& body, unsigned status = 200) {
  return {status, "application/json", dcc::json_text(body)};
}

// File names and what is wrong with files, with what is not seen shown.
std::string shown(std::string_view text) {
  return dcc::host::printable(text, std::string::npos);
}

json::array shown(const std::vector<std::string>& texts) {
  json::array all;
  for (const auto& text : texts) all.push_back(json::string(shown(text)));
  return all;
}

json::object to_json(const PluginReport& report) {
  return {{"file", shown(report.file)},
          {"live", report.live},
          {"refused", report.refused},
          {"reason", shown(report.reason)},
          {"from_cache", report.from_cache},
          {"id", report.id},
          {"version", report.version},
          {"build", report.build},
          {"live_hash", report.live_hash},
          {"found_hash", report.found_hash},
          {"live_settings", report.live_settings},
          {"found_settings", report.found_settings},
          {"srvs", shown(report.srvs)}};
}

json::object to_json(const LoadReport& report) {
  json::array plugins;
  for (const auto& plugin : report.plugins) plugins.push_back(to_json(plugin));
  return {{"plugins", std::move(plugins)},
          {"credentials",
           {{"loaded", report.credentials}, {"refused", shown(report.refused_credentials)}}},
          {"tls", {{"refused", shown(report.refused_tls)}}},
          {"signing", {{"refused", shown(report.refused_signing)}}},
          {"configuration",
           {{"refused", shown(report.refused_configuration)}, {"restart", shown(report.restart)}}},
          {"watch", {{"problems", shown(report.unwatched)}}}};
}

json::array to_json(const std::vector<Reason>& reasons) {
  json::array all;
  for (const Reason& reason : reasons)
    all.push_back({{"part", reason.part}, {"grave", reason.grave}, {"text", shown(reason.text)}});
  return all;
}

json::object to_json(const dcc::host::Handler& handler) {
  const auto& info = handler.info();
  const auto counts = handler.counts();
  json::array variants;
  for (unsigned variant = 1; variant < 32; ++variant) {
    if ((info.command_variants >> variant & 1U) != 0) variants.push_back(variant);
  }
  return {{"srv", info.srv},
          {"endpoint", info.endpoint},
          {"variants", variants},
          {"body_element", info.body_element},
          {"owner", info.owner},
          {"version", info.version},
          {"build", info.build},
          {"settings_hash", info.settings_hash},
          {"calls", counts.calls},
          {"failed", counts.failed},
          {"late", counts.late},
          {"inside", counts.inside},
          {"withdrawn", handler.is_withdrawn()}};
}

HostState::Shadow summed(const ShadowReport& report) {
  HostState::Shadow shadow{report.offered,   report.lost,    report.late,
                           report.unhandled, report.crashes, {}};
  for (const ShadowCandidate& candidate : report.candidates) {
    std::uint64_t different = 0;
    for (const auto& [answers, difference] : candidate.different) different += difference.count;
    shadow.candidates.push_back({candidate.id, candidate.build, candidate.settings, candidate.same,
                                 different, candidate.failed, candidate.asked});
  }
  return shadow;
}

// Null: the store has none.
json::value store_view(const dcc::adaptor::StoreIdentity& identity) {
  if (identity.id.empty()) return nullptr;
  return json::object{{"id", hex(identity.id)}, {"epoch", identity.epoch}};
}

// A number alone, where the store has one chain.
json::value cursors_view(const dcc::adaptor::Cursors& cursors) {
  const bool is_number = cursors.all().empty() || cursors.all().begin()->first.empty();
  return is_number ? json::value(cursors.of({})) : json::value(json::string(cursors.text()));
}

// One page of outcomes; the page after it begins at "next", or at "resume", which also says of
// which store and epoch that is.
Answer page_answer(Store& store, Store::Which which, std::string_view query, std::string_view name,
                   json::object (*row)(const StoredOutcome&)) {
  Page page = parse_page(query);
  if (page.after.after.all().empty()) page.after.after = dcc::adaptor::beginning(store);
  json::array rows;
  const auto identity = store.identity();
  dcc::adaptor::Place next{std::nullopt, page.after.after};
  if (!identity.id.empty()) next.store = identity;
  for (const auto& stored : read_on(store, which, next.after, page.limit))
    rows.push_back(row(stored));
  // After the outcomes: what was archived meanwhile is missing among them.
  if (const auto why = refuse_place(store, page.after); !why.empty()) throw BadPlace(why);
  return json_answer({{json::string_view(name.data(), name.size()), std::move(rows)},
                      {"next", cursors_view(next.after)},
                      {"resume", next.text()},
                      {"store", store_view(identity)},
                      {"archived", cursors_view(dcc::adaptor::beginning(store))}});
}

json::object head_view(dcc::adaptor::Chain& chain) {
  const AuditHead head = chain.audit_head();
  json::object view;
  if (!chain.name().empty()) view["name"] = chain.name();
  view.insert({{"cursor", head.cursor},
               {"head", hex(head.hash)},
               {"signature", hex(head.signature)},
               {"archived", chain.audit_start().cursor}});
  return view;
}

// What was looked for; "next" is where the search goes on, null: there is nothing more.
json::object found_json(const Found& found) {
  json::array rows;
  for (const auto& stored : found.outcomes) rows.push_back(dcc::adaptor::outcome_view(stored));
  json::object body{{"outcomes", std::move(rows)}, {"next", nullptr}};
  if (found.next) body["next"] = cursors_view(*found.next);
  return body;
}

json::object to_json(const ShadowCandidate& candidate) {
  json::array different;
  for (const auto& [answers, what] : candidate.different) {
    different.push_back(json::object{
        {"from", answers.first},
        {"to", answers.second},
        {"count", what.count},
        {"first",
         {{"request_id", what.request_id}, {"was", shown(what.was)}, {"now", shown(what.now)}}}});
  }
  return {{"id", candidate.id},           {"version", candidate.version},
          {"build", candidate.build},     {"settings", candidate.settings},
          {"decided", candidate.decided}, {"same", candidate.same},
          {"failed", candidate.failed},   {"asked", candidate.asked},
          {"different", different}};
}

// A loopback name or address. Whatever the port: it is another one where operators come through a
// tunnel, and a web page's name is no loopback name with any.
bool is_loopback(std::string_view authority) {
  std::string_view host = host_of(authority).value_or("");
  if (boost::beast::iequals({host.data(), host.size()}, "localhost")) return true;
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(std::string(host), error);
  return !error && address.is_loopback();
}

constexpr std::string_view kReload = "/reload";

std::string_view path_of(std::string_view target) {
  return target.substr(0, target.find('?'));
}

class AdminSite : public Site {
 public:
  AdminSite(const AdminApi& api, Defer defer) : api_(api), defer_(std::move(defer)) {}

  std::optional<Answer> refuse(const RequestHead& head) const override {
    const auto host = head[http::field::host];
    // HTTP/1.0 need not have a Host, and every browser sends one.
    const bool local =
        head.count(http::field::host) == 0 || is_loopback({host.data(), host.size()});
    if (head.count(http::field::origin) == 0 && local) return std::nullopt;
    return problem(403, "Forbidden", "not for web pages: no Origin, and a loopback Host");
  }

  void handle(const RequestHead& head, const Peer& peer, std::string body, Done done) override {
    const std::string method(head.method_string()), target(head.target());
    const bool is_order = head.method() == http::verb::post && path_of(target) == kReload;
    auto answer = [&api = api_, method, target, body = std::move(body), is_order, peer,
                   done = std::move(done)] {
      Answer given = api.handle(method, target, body);
      log_answer(method, target, is_order, peer, given);
      done(std::move(given));
    };
    if (is_order) {
      defer_(std::move(answer));
    } else {
      answer();
    }
  }

 private:
  // What monitors ask for all the time is of little interest, and so is what is tried.
  static void log_answer(std::string_view method, std::string_view target, bool is_order,
                         const Peer& peer, const Answer& answer) {
    // That the host is not ready is what /readyz is asked for.
    const bool refused = answer.status >= 400 && (is_order || !answer.reason.empty());
    if (!refused && !is_order && !spdlog::should_log(spdlog::level::debug)) return;
    LogEvent event(refused ? "refused" : "answered");
    event.number("http", answer.status).text("method", method).text("target", target);
    add_peer(event, peer)
        .time("us", std::chrono::steady_clock::now() - peer.received)
        .text("reason", answer.reason)
        .log();
  }

  const AdminApi& api_;
  const Defer defer_;
};

}  // namespace

namespace {

// What goes wrong behind a resource, as its answer.
template <typename Answering>
Answer guarded(std::string_view path, Answering answering) try {
  return answering();
} catch (const BadQuery& e) {
  return problem(400, "Bad Request", e.what());
} catch (const dcc::foreign::BadInput& e) {
  return problem(400, "Bad Request", e.what());
} catch (const BadPlace& e) {
  return problem(409, "Conflict", e.what());
} catch (const StoreError& e) {
  spdlog::error("admin {}: {}", path, e.what());
  return problem(503, "Service Unavailable", "the store does not answer");
} catch (const std::exception& e) {
  spdlog::error("admin {}: {}", path, e.what());
  return problem(500, "Internal Server Error", "see the log");
}

constexpr std::string_view kDevices = "/devices/", kOutcomes = "/outcomes/";

// A table of all roles, statuses and SRVs is some 200 trials of some ten microseconds.
constexpr double kTriesAtOnce = 1000, kTriesPerSecond = 500;

}  // namespace

bool LoadReport::refused() const {
  return !refused_configuration.empty() || !refused_credentials.empty() || !refused_tls.empty() ||
         !refused_signing.empty() ||
         std::any_of(plugins.begin(), plugins.end(), [](const auto& p) { return p.refused; });
}

bool LoadReport::ok() const {
  return !refused() && unwatched.empty();
}

AdminApi::AdminApi(Sources sources)
    : sources_(std::move(sources)), tries_(kTriesAtOnce, kTriesPerSecond) {}

Answer AdminApi::handle(std::string_view method, std::string_view target,
                        std::string_view body) const {
  struct Route {
    std::string_view method, path;
    Answer (*answer)(const AdminApi&, std::string_view given);  // the query; to a POST the body
  };
  static constexpr Route kRoutes[] = {
      {"GET", "/livez", [](const AdminApi& api, std::string_view) { return api.live(); }},
      {"GET", "/readyz", [](const AdminApi& api, std::string_view) { return api.ready(); }},
      {"GET", "/metrics", [](const AdminApi& api, std::string_view) { return api.metrics(); }},
      {"GET", "/healthz", [](const AdminApi& api, std::string_view) { return api.health(); }},
      {"GET", "/plugins", [](const AdminApi& api, std::string_view) { return api.plugins(); }},
      {"GET", "/handlers", [](const AdminApi& api, std::string_view) { return api.handlers(); }},
      {"GET", "/outcomes", [](const AdminApi& api, std::string_view q) { return api.outcomes(q); }},
      {"GET", "/audit", [](const AdminApi& api, std::string_view) { return api.audit(); }},
      {"GET", "/returns", [](const AdminApi& api, std::string_view q) { return api.returns(q); }},
      {"GET", "/users", [](const AdminApi& api, std::string_view q) { return api.users(q); }},
      {"GET", "/shadow", [](const AdminApi& api, std::string_view) { return api.shadow(); }},
      {"POST", "/try", [](const AdminApi& api, std::string_view b) { return api.try_out(b); }},
      {"POST", kReload, [](const AdminApi& api, std::string_view) { return api.reload(); }},
  };
  const auto path = path_of(target);
  const auto query = target.substr(std::min(path.size() + 1, target.size()));
  if (path.starts_with(kDevices) && (method == "GET" || method == "HEAD"))
    return guarded(path, [&] { return device(path.substr(kDevices.size()), query); });
  if (path.starts_with(kOutcomes) && (method == "GET" || method == "HEAD"))
    return guarded(path, [&] { return record(path.substr(kOutcomes.size())); });
  const auto route = std::find_if(std::begin(kRoutes), std::end(kRoutes),
                                  [&](const Route& r) { return r.path == path; });
  if (route == std::end(kRoutes)) return problem(404, "Not Found", "no such admin resource");
  if (route->method != (method == "HEAD" ? "GET" : method)) {
    Answer answer = problem(405, "Method Not Allowed", "see Allow");
    answer.allow = route->method == "GET" ? "GET, HEAD" : route->method;
    return answer;
  }
  return guarded(path, [&] { return route->answer(*this, method == "POST" ? body : query); });
}

HostState AdminApi::state() const {
  HostState state = sources_.state();
  if (sources_.shadow) state.shadow = summed(sources_.shadow());
  state.store_usable = sources_.is_store_usable();
  for (const auto& [srv, handler] : sources_.registry.current()->handlers()) {
    if (handler->is_withdrawn()) continue;
    state.handlers.push_back({srv, handler->info().owner, handler->counts()});
  }
  return state;
}

Answer AdminApi::live() const {
  return json_answer({{"status", "ok"}});
}

Answer AdminApi::ready() const {
  const auto reasons = not_ready_reasons(state());
  return json_answer(
      {{"status", reasons.empty() ? "ready" : "not ready"}, {"reasons", to_json(reasons)}},
      reasons.empty() ? 200 : 503);
}

Answer AdminApi::metrics() const {
  return {200, std::string(metrics::kContentType), sources_.metrics(state())};
}

Answer AdminApi::health() const {
  const LoadReport report = sources_.last_report();
  const auto count = [&](bool PluginReport::*flag) {
    return std::count_if(report.plugins.begin(), report.plugins.end(),
                         [&](const PluginReport& p) { return p.*flag; });
  };
  const HostState now = state();
  const auto reasons = health_reasons(now, report);
  const bool degraded = std::any_of(reasons.begin(), reasons.end(),
                                    [](const Reason& reason) { return reason.grave; });
  return json_answer(
      {{"status", degraded ? "degraded" : "ok"},
       {"reasons", to_json(reasons)},
       {"store", {{"usable", now.store_usable}}},
       {"handlers", now.handlers.size()},
       {"plugins",
        {{"live", count(&PluginReport::live)}, {"refused", count(&PluginReport::refused)}}},
       {"credentials",
        {{"loaded", report.credentials}, {"refused", report.refused_credentials.size()}}},
       {"tls", {{"refused", report.refused_tls.size()}}},
       {"signing", {{"refused", report.refused_signing.size()}}},
       {"configuration",
        {{"refused", report.refused_configuration.size()}, {"restart", report.restart.size()}}},
       {"watch", {{"problems", shown(report.unwatched)}}}});
}

Answer AdminApi::plugins() const {
  return json_answer(to_json(sources_.last_report()));
}

Answer AdminApi::handlers() const {
  json::array handlers;
  for (const auto& [srv, handler] : sources_.registry.current()->handlers()) {
    handlers.push_back(to_json(*handler));
  }
  return json_answer({{"handlers", std::move(handlers)}});
}

Answer AdminApi::outcomes(std::string_view query) const {
  if (is_search(query)) return json_answer(found_json(sources_.store.search(parse_search(query))));
  return page_answer(sources_.store, Store::Which::all, query, "outcomes",
                     dcc::adaptor::outcome_view);
}

Answer AdminApi::record(std::string_view text) const {
  const RecordPlace place = parse_record_place(text);
  const auto chains = sources_.store.chains();
  const auto chain = std::ranges::find(chains, place.chain, &dcc::adaptor::Chain::name);
  if (chain == chains.end())
    return problem(404, "Not Found",
                   place.chain.empty() ? "the store has several chains: CHAIN:CURSOR is expected"
                                       : "the store has no chain " + place.chain);
  const auto found = (*chain)->outcomes(Store::Which::all, place.cursor - 1, 1, true);
  if (found.empty() || found.front().cursor != place.cursor)
    return problem(404, "Not Found",
                   "no outcome has cursor " + std::string(text) + " in this store; up to " +
                       std::to_string((*chain)->audit_start().cursor) + " they were archived");
  return {200, "application/json",
          dcc::adaptor::record_to_json(dcc::adaptor::record_of(found.front()))};
}

Answer AdminApi::returns(std::string_view query) const {
  return page_answer(sources_.store, Store::Which::accepted_returns, query, "returns",
                     dcc::adaptor::return_view);
}

Answer AdminApi::device(std::string_view eui, std::string_view query) const {
  Search search = parse_search(query);
  search.device = parse_eui_value("device", eui);
  dcc::adaptor::Inquiry inquiry;
  inquiry.facts.ask(dcc::host::kDeviceFact, search.device->text());
  if (search.originator) {
    inquiry.facts.ask(dcc::host::kActsFact,
                      *dcc::host::acts_key(search.originator->value, search.device->value,
                                           dcc::adaptor::unix_ms()));
  }
  sources_.store.reader()->answer({&inquiry, 1});
  json::object body = found_json(sources_.store.search(search));
  body["facts"] = dcc::adaptor::facts_view(inquiry.facts.all());
  const auto supplier = sources_.store.ordered_for(*search.device);
  body["ordered_for"] = supplier ? json::value(json::string(supplier->text())) : json::value();
  return json_answer(body);
}

Answer AdminApi::users(std::string_view query) const {
  const UserPage page = parse_user_page(query);
  json::array users;
  json::value next;
  for (const RegisteredUser& user : sources_.store.users(page.after, page.limit)) {
    next = user.id.text();
    users.push_back(json::object{{"user_id", next},
                                 {"role", user.role},
                                 {"status", user.status},
                                 {"name", shown(user.name)}});
  }
  if (users.size() < page.limit) next = nullptr;
  return json_answer({{"users", std::move(users)}, {"next", std::move(next)}});
}

Answer AdminApi::shadow() const {
  if (!sources_.shadow)
    return problem(404, "Not Found", "no candidates: [plugins] shadow_directory is not set");
  const ShadowReport report = sources_.shadow();
  json::array candidates;
  for (const ShadowCandidate& candidate : report.candidates)
    candidates.push_back(to_json(candidate));
  return json_answer({{"offered", report.offered},
                      {"lost", report.lost},
                      {"late", report.late},
                      {"crashes", report.crashes},
                      {"unhandled", report.unhandled},
                      {"problem", report.problem},
                      {"candidates", std::move(candidates)}});
}

Answer AdminApi::audit() const {
  const auto chains = sources_.store.chains();
  json::object body;
  if (chains.front()->name().empty()) {
    body = head_view(*chains.front());
  } else {
    json::array& all = body["chains"].emplace_array();
    for (dcc::adaptor::Chain* const chain : chains) all.push_back(head_view(*chain));
  }
  body["store"] = store_view(sources_.store.identity());
  return json_answer(body);
}

Answer AdminApi::try_out(std::string_view message) const {
  if (!tries_.take()) {
    return problem(429, "Too Many Requests",
                   "more than " + std::to_string(static_cast<int>(kTriesPerSecond)) +
                       " trials a second: try again in a moment");
  }
  const dcc::foreign::JsonTree tree(dcc::foreign::within_limit(message, "the message"));
  const auto table = sources_.registry.current();  // the handlers live as long
  return {200, "application/json",
          dcc::foreign::decide(*table, tree.root(), {}, dcc::host::Purpose::trial)};
}

Answer AdminApi::reload() const {
  const LoadReport report = sources_.reload();
  return json_answer(to_json(report), report.refused() ? 422 : 200);
}

std::unique_ptr<Site> make_admin_site(const AdminApi& api, Defer defer) {
  return std::make_unique<AdminSite>(api, std::move(defer));
}

}  // namespace sample

// SPDX-License-Identifier: Apache-2.0
#include "admin.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/verb.hpp>
#include <boost/json.hpp>
#include <charconv>
#include <chrono>
#include <optional>
#include <stdexcept>

#include "outcome_json.hpp"

namespace sample {
namespace {

namespace http = boost::beast::http;
namespace json = boost::json;
using dcc::host::PluginReport;

constexpr std::size_t kDefaultLimit = 100;
constexpr std::size_t kMaxLimit = 1000;

struct BadQuery : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Page {
  std::int64_t after = 0;
  std::size_t limit = kDefaultLimit;
};

template <typename Number>
Number parse_number(std::string_view name, std::string_view text, Number min, Number max) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc{} && end == text.data() + text.size() && number >= min && number <= max) {
    return number;
  }
  throw BadQuery(fmt::format("{}: '{}' is not allowed; expected {} to {}", name, text, min, max));
}

// after=CURSOR&limit=N, both optional.
Page parse_page(std::string_view query) {
  Page page;
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    const auto part = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    const auto equals = std::min(part.find('='), part.size());
    const auto name = part.substr(0, equals);
    const auto value = part.substr(std::min(equals + 1, part.size()));
    if (name == "after") {
      page.after = parse_number<std::int64_t>(name, value, 0, INT64_MAX);
    } else if (name == "limit") {
      page.limit = parse_number<std::size_t>(name, value, 1, kMaxLimit);
    } else {
      throw BadQuery(fmt::format("'{}' is not known here; expected after and limit", name));
    }
  }
  return page;
}

// ISO 8601, UTC, milliseconds.
std::string iso_time(std::int64_t unix_ms) {
  using namespace std::chrono;
  const sys_time<milliseconds> time{milliseconds{unix_ms}};
  const auto day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss clock{time - day};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                     clock.subseconds().count());
}

Answer json_answer(const json::object& body, unsigned status = 200) {
  return {status, "application/json", json::serialize(body)};
}

template <typename Text>
json::array strings(const std::vector<Text>& texts) {
  return json::array(texts.begin(), texts.end());
}

json::value eui_or_null(const std::optional<Eui64>& eui) {
  return eui ? json::value(eui->text()) : json::value(nullptr);
}

json::object to_json(const PluginReport& report) {
  return {{"file", report.file},
          {"live", report.live},
          {"refused", report.refused},
          {"reason", report.reason},
          {"id", report.id},
          {"version", report.version},
          {"build", report.build},
          {"live_hash", report.live_hash},
          {"found_hash", report.found_hash},
          {"live_settings", report.live_settings},
          {"found_settings", report.found_settings},
          {"srvs", strings(report.srvs)}};
}

json::object to_json(const LoadReport& report) {
  json::array plugins;
  for (const auto& plugin : report.plugins) plugins.push_back(to_json(plugin));
  return {{"plugins", std::move(plugins)},
          {"credentials",
           {{"loaded", report.credentials}, {"refused", strings(report.refused_credentials)}}}};
}

json::object to_json(const dcc::host::Handler& handler) {
  const auto& info = handler.info();
  const auto counts = handler.counts();
  json::array variants;
  for (unsigned variant = 1; variant < 32; ++variant) {
    if ((info.command_variants >> variant & 1U) != 0) variants.push_back(variant);
  }
  return {{"srv", info.srv},       {"endpoint", info.endpoint},
          {"variants", variants},  {"body_element", info.body_element},
          {"owner", info.owner},   {"version", info.version},
          {"build", info.build},   {"settings_hash", info.settings_hash},
          {"calls", counts.calls}, {"failed", counts.failed},
          {"late", counts.late},   {"inside", counts.inside}};
}

json::object outcome_json(const StoredOutcome& stored) {
  const Outcome& outcome = stored.outcome;
  return {{"cursor", stored.cursor},
          {"request_id", outcome.request_id.text()},
          {"srv", outcome.srv},
          {"role", outcome.role},
          {"originator", outcome.request_id.originator.text()},
          {"device_id", eui_or_null(outcome.device_id)},
          {"code", outcome.code},
          {"reason", outcome.reason},
          {"repeated", stored.repeated},
          {"received_at", iso_time(outcome.received_at)},
          {"decided_at", iso_time(outcome.decided_at)},
          {"handler", outcome.handler},
          {"settings_hash", outcome.settings_hash},
          {"basis", json::parse(basis_to_json(outcome.basis))}};
}

json::object return_json(const StoredOutcome& stored) {
  const Outcome& outcome = stored.outcome;
  json::array items;
  for (const auto& item : outcome.items) {
    items.push_back({{"path", item.path}, {"value", item.value}});
  }
  return {{"cursor", stored.cursor},
          {"request_id", outcome.request_id.text()},
          {"srv", outcome.srv},
          {"device_id", eui_or_null(outcome.device_id)},
          {"originator", outcome.request_id.originator.text()},
          {"role", outcome.role},
          {"accepted_at", iso_time(outcome.decided_at)},
          {"repeated", stored.repeated},
          {"items", std::move(items)}};
}

// One page of outcomes; "next" is where the page after it begins.
Answer page_answer(Store& store, Store::Which which, std::string_view query, std::string_view name,
                   json::object (*row)(const StoredOutcome&)) {
  const Page page = parse_page(query);
  json::array rows;
  std::int64_t next = page.after;
  for (const auto& stored : store.outcomes(which, page.after, page.limit, false)) {
    rows.push_back(row(stored));
    next = stored.cursor;
  }
  return json_answer(
      {{json::string_view(name.data(), name.size()), std::move(rows)}, {"next", next}});
}

// A loopback name or address, and this port.
bool is_loopback(std::string_view host, std::uint16_t port) {
  const auto colon = host.rfind(':');
  if (colon == std::string_view::npos || host.substr(colon + 1) != std::to_string(port)) {
    return false;
  }
  host = host.substr(0, colon);
  if (boost::beast::iequals({host.data(), host.size()}, "localhost")) return true;
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(std::string(host), error);
  return !error && address.is_loopback();
}

class AdminSite : public Site {
 public:
  AdminSite(const AdminApi& api, std::uint16_t port, Defer defer)
      : api_(api), port_(port), defer_(std::move(defer)) {}

  std::optional<Answer> refuse(const RequestHead& head) const override {
    const auto host = head[http::field::host];
    if (head.count(http::field::origin) == 0 && is_loopback({host.data(), host.size()}, port_)) {
      return std::nullopt;
    }
    return problem(403, "Forbidden", "not for web pages: no Origin, and a loopback Host");
  }

  void handle(const RequestHead& head, std::string, Pipeline::Done done) override {
    const auto method = head.method_string();
    const auto target = head.target();
    auto answer = [&api = api_, method = std::string(method), target = std::string(target),
                   done = std::move(done)] { done(api.handle(method, target)); };
    if (head.method() == http::verb::get) {
      answer();
    } else {
      defer_(std::move(answer));
    }
  }

 private:
  const AdminApi& api_;
  const std::uint16_t port_;
  const Defer defer_;
};

}  // namespace

bool LoadReport::ok() const {
  return refused_credentials.empty() &&
         std::none_of(plugins.begin(), plugins.end(), [](const auto& p) { return p.refused; });
}

Answer AdminApi::handle(std::string_view method, std::string_view target) const {
  struct Route {
    std::string_view method, path;
    Answer (*answer)(const AdminApi&, std::string_view query);
  };
  static constexpr Route kRoutes[] = {
      {"GET", "/healthz", [](const AdminApi& api, std::string_view) { return api.health(); }},
      {"GET", "/plugins", [](const AdminApi& api, std::string_view) { return api.plugins(); }},
      {"GET", "/handlers", [](const AdminApi& api, std::string_view) { return api.handlers(); }},
      {"GET", "/outcomes", [](const AdminApi& api, std::string_view q) { return api.outcomes(q); }},
      {"GET", "/returns", [](const AdminApi& api, std::string_view q) { return api.returns(q); }},
      {"POST", "/reload", [](const AdminApi& api, std::string_view) { return api.reload(); }},
  };
  const auto path = target.substr(0, target.find('?'));
  const auto query = target.substr(std::min(path.size() + 1, target.size()));
  const auto route = std::find_if(std::begin(kRoutes), std::end(kRoutes),
                                  [&](const Route& r) { return r.path == path; });
  if (route == std::end(kRoutes)) return problem(404, "Not Found", "no such admin resource");
  if (route->method != method) {
    Answer answer = problem(405, "Method Not Allowed", "see Allow");
    answer.allow = route->method;
    return answer;
  }
  try {
    return route->answer(*this, query);
  } catch (const BadQuery& e) {
    return problem(400, "Bad Request", e.what());
  } catch (const StoreError& e) {
    spdlog::error("admin {}: {}", path, e.what());
    return problem(503, "Service Unavailable", "the store does not answer");
  } catch (const std::exception& e) {
    spdlog::error("admin {}: {}", path, e.what());
    return problem(500, "Internal Server Error", "see the log");
  }
}

Answer AdminApi::health() const {
  const LoadReport report = sources_.last_report();
  const auto count = [&](bool PluginReport::*flag) {
    return std::count_if(report.plugins.begin(), report.plugins.end(),
                         [&](const PluginReport& p) { return p.*flag; });
  };
  return json_answer(
      {{"status", report.ok() ? "ok" : "degraded"},
       {"handlers", sources_.registry.current()->handlers().size()},
       {"plugins",
        {{"live", count(&PluginReport::live)}, {"refused", count(&PluginReport::refused)}}},
       {"credentials",
        {{"loaded", report.credentials}, {"refused", report.refused_credentials.size()}}}});
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
  return page_answer(sources_.store, Store::Which::all, query, "outcomes", outcome_json);
}

Answer AdminApi::returns(std::string_view query) const {
  return page_answer(sources_.store, Store::Which::accepted_returns, query, "returns", return_json);
}

Answer AdminApi::reload() const {
  const LoadReport report = sources_.reload();
  return json_answer(to_json(report), report.ok() ? 200 : 422);
}

std::unique_ptr<Site> make_admin_site(const AdminApi& api, std::uint16_t port, Defer defer) {
  return std::make_unique<AdminSite>(api, port, std::move(defer));
}

}  // namespace sample

// SPDX-License-Identifier: Apache-2.0
#include "client/console/rule_table.hpp"

#include <array>
#include <map>
#include <set>
#include <stdexcept>
#include <string>

#include "adaptor/pipeline.hpp"
#include "client/return_request.hpp"

namespace sample::console {
namespace {

namespace json = boost::json;

struct Column {
  const char *role, *note;
  bool acts;  // for the Supplier that the hub was ordered for
};
constexpr auto kColumns = std::to_array<Column>({
    {"EIS", "Import Supplier", false},
    {"GIS", "Gas Supplier", false},
    {"SNA", "agent, confirmed by the hub's Supplier", true},
    {"SNA", "agent, not confirmed", false},
    {"ES", "Export Supplier", false},
    {"ED", "Electricity Distributor", false},
    {"GT", "Gas Transporter", false},
    {"OU", "Other User", false},
    {"MDR", "Meter Data Retriever", false},
});

struct Row {
  const char* name;
  const char* type;  // null: there is no such device
  const char* status;
};
constexpr auto kRows = std::to_array<Row>({
    {"Pending", "CHF", "Pending"},
    {"Whitelisted", "CHF", "Whitelisted"},
    {"InstalledNotCommissioned", "CHF", "InstalledNotCommissioned"},
    {"Commissioned", "CHF", "Commissioned"},
    {"Decommissioned", "CHF", "Decommissioned"},
    {"Withdrawn", "CHF", "Withdrawn"},
    {"Suspended", "CHF", "Suspended"},
    {"Recovery", "CHF", "Recovery"},
    {"Recovered", "CHF", "Recovered"},
    {"not in the inventory", nullptr, nullptr},
    {"no hub: an ESME", "ESME", "Pending"},
});

// Any will do: what is known of them is in the message.
constexpr const char* kUser = "90-B3-D5-1F-30-FF-00-00";
constexpr const char* kHub = "00-DB-12-34-56-78-90-FF";
constexpr int kAttempts = 3;

json::object message(dcc::duis::Eui64 target, std::int64_t at, const char* srv,
                     const Column& column, const Row& row) {
  const auto fields =
      client::return_fields({*dcc::duis::Eui64::parse(kUser), target, 1}, srv, kHub, {});
  json::array items;
  for (const auto& [path, value] : fields.items) items.push_back(json::array{path, value});
  json::value device;
  if (row.type != nullptr) device = {{"type", row.type}, {"status", row.status}, {"revision", 1}};
  json::object acts{{"agent", kUser}, {"at", at}, {"holds", column.acts}, {"revision", 1}};
  json::array relations{acts};  // for any Supplier
  acts["device"] = kHub;
  relations.push_back(std::move(acts));
  return {{"srv", srv},
          {"service_reference", fields.service_reference},
          {"command_variant", fields.command_variant},
          {"endpoint", "serviceD"},
          {"originator", kUser},
          {"target", target.text()},
          {"counter", "1"},
          {"body_element", fields.body_element},
          {"items", std::move(items)},
          {"received_at", at},
          {"deadline", at + dcc::adaptor::kDeadlineMs},
          {"user", {{"role", column.role}, {"status", "Active"}, {"revision", 1}}},
          {"devices", {{kHub, std::move(device)}}},
          {"acts", std::move(relations)}};
}

}  // namespace

json::object rule_table(const Try& attempt, dcc::duis::Eui64 target, std::int64_t at) {
  json::array columns, srvs;
  for (const Column& column : kColumns)
    columns.push_back(json::object{{"role", column.role}, {"note", column.note}});
  for (const client::ReturnSrv& srv : client::kReturnSrvs)
    srvs.push_back(json::object{{"srv", srv.srv}, {"title", srv.title}});

  for (int round = 0; round < kAttempts; ++round) {
    std::map<std::string, std::set<std::string>> deciders;  // by SRV
    json::array rows;
    for (const Row& row : kRows) {
      json::array of_srvs;
      for (const client::ReturnSrv& srv : client::kReturnSrvs) {
        json::array cells;
        for (const Column& column : kColumns) {
          const Trial trial = attempt(message(target, at, srv.srv, column, row));
          deciders[srv.srv].insert(trial.handler);
          cells.push_back(json::object{{"code", trial.code}, {"reason", trial.reason}});
        }
        of_srvs.push_back(std::move(cells));
      }
      rows.push_back(json::object{{"hub", row.name}, {"cells", std::move(of_srvs)}});
    }
    json::array handlers;
    bool is_one = true;  // a swap in between would be a mixture that never ran
    for (const auto& [srv, names] : deciders) {
      is_one = is_one && names.size() == 1;
      handlers.push_back(json::string(*names.begin()));
    }
    if (is_one) {
      return {{"columns", std::move(columns)},
              {"srvs", std::move(srvs)},
              {"handlers", std::move(handlers)},
              {"rows", std::move(rows)}};
    }
  }
  throw std::runtime_error("the host's handlers change faster than they can be asked");
}

}  // namespace sample::console

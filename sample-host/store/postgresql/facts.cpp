// SPDX-License-Identifier: Apache-2.0
#include "store/postgresql/facts.hpp"

#include <string>

namespace sample::postgresql {
namespace {

using dcc::host::Fact;

// OFFSET 0 makes each look-up one by key, even in a plan that was made while the tables were empty.
// Each gives the question's number, from 1, the revision, and the answer.
const Statement kUsers{
    "users",
    "SELECT n, r.value, u.role, u.status"
    " FROM unnest($1::int8[], $2::int8[]) WITH ORDINALITY AS q(id, revision, n)"
    " JOIN duis.revisions r ON r.name = 'relations' AND r.value <> q.revision"
    " LEFT JOIN LATERAL (SELECT role, status FROM duis.users WHERE user_id = q.id OFFSET 0) u"
    " ON true"};
const Statement kDevices{
    "devices",
    "SELECT n, coalesce(d.revision, 0), d.type, d.status"
    " FROM unnest($1::int8[], $2::int8[]) WITH ORDINALITY AS q(id, revision, n)"
    " LEFT JOIN LATERAL (SELECT revision, type, status FROM duis.devices WHERE device_id = q.id"
    " OFFSET 0) d ON true WHERE coalesce(d.revision, 0) <> q.revision"};
// Only an active Supplier confirms an agent. SEC Modification Report, section 7.
const Statement kActs{
    "acts",
    "SELECT n, r.value, EXISTS(SELECT FROM duis.orders o"
    " JOIN duis.appointments a ON a.supplier_id = o.supplier_id"
    " JOIN duis.users u ON u.user_id = o.supplier_id"
    " WHERE o.device_id = q.device AND a.agent_id = q.agent"
    " AND u.status = 'Active' AND u.role IN ('EIS', 'GIS')"
    " AND a.valid_from <= q.day AND (a.valid_until IS NULL OR a.valid_until >= q.day))"
    " FROM unnest($1::int8[], $2::int8[], $3::text[], $4::int8[]) WITH ORDINALITY"
    " AS q(agent, device, day, revision, n)"
    " JOIN duis.revisions r ON r.name = 'relations' AND r.value <> q.revision"};
const Statement kActsForAny{
    "acts_for_any",
    "SELECT n, r.value, EXISTS(SELECT FROM duis.appointments a"
    " JOIN duis.users u ON u.user_id = a.supplier_id WHERE a.agent_id = q.agent"
    " AND u.status = 'Active' AND u.role IN ('EIS', 'GIS')"
    " AND a.valid_from <= q.day AND (a.valid_until IS NULL OR a.valid_until >= q.day))"
    " FROM unnest($1::int8[], $2::text[], $3::int8[]) WITH ORDINALITY"
    " AS q(agent, day, revision, n)"
    " JOIN duis.revisions r ON r.name = 'relations' AND r.value <> q.revision"};

void read_values(const Rows& rows, int row, Fact& fact, const char* first, const char* second) {
  const std::int64_t revision = rows.integer(row, 1);
  if (rows.is_null(row, 2)) return fact.is_not_there(revision);
  fact.is_there({{first, std::string(rows.text(row, 2))}, {second, std::string(rows.text(row, 3))}},
                revision);
}

void read_acts(const Rows& rows, int row, Fact& fact) {
  fact.is_there({{"acts", rows.boolean(row, 2) ? "yes" : "no"}}, rows.integer(row, 1));
}

}  // namespace

bool FactQuestions::ask(const Fact& question, std::int64_t revision, std::size_t place) {
  using namespace dcc::host;
  if (question.kind == kUserFact) return ask(users_, question, revision, place);
  if (question.kind == kDeviceFact) return ask(devices_, question, revision, place);
  if (question.kind == kActsFact) {
    return ask(acts_, parse_acts_key(question.key), revision, place);
  }
  if (question.kind == kActsForAnyFact) {
    return ask(acts_for_any_, parse_acts_for_any_key(question.key), revision, place);
  }
  return false;
}

bool FactQuestions::ask(Ids& ids, const Fact& question, std::int64_t revision, std::size_t place) {
  const auto id = dcc::host::parse_eui_key(question.key);
  if (!id) return false;
  ids.ids.add(as_signed(*id));
  ids.revisions.add(revision);
  ids.places.push_back(place);
  return true;
}

bool FactQuestions::ask(Relations& relations, const std::optional<dcc::host::Relation>& relation,
                        std::int64_t revision, std::size_t place) {
  if (!relation) return false;
  relations.agents.add(as_signed(relation->agent));
  relations.devices.add(as_signed(relation->device));
  relations.days.add(relation->day);
  relations.revisions.add(revision);
  relations.places.push_back(place);
  return true;
}

void FactQuestions::is_unanswered(Fact& fact) {
  fact.is_unavailable("this host answers no such question");
}

void FactQuestions::put(std::vector<Call>& calls) const {
  const auto put_ids = [&](const Ids& ids, const Statement& statement) {
    if (!ids.places.empty()) calls.push_back({statement, Parameters(ids.ids, ids.revisions)});
  };
  put_ids(users_, kUsers);
  put_ids(devices_, kDevices);
  if (!acts_.places.empty()) {
    calls.push_back({kActs, Parameters(acts_.agents, acts_.devices, acts_.days, acts_.revisions)});
  }
  if (!acts_for_any_.places.empty()) {
    calls.push_back({kActsForAny, Parameters(acts_for_any_.agents, acts_for_any_.days,
                                             acts_for_any_.revisions)});
  }
}

void FactQuestions::read(std::span<const Rows> rows,
                         const std::function<Fact&(std::size_t)>& fact) const {
  const auto read_next = [&](const std::vector<std::size_t>& places, const auto& read_row) {
    if (places.empty()) return;
    for (int row = 0; row < rows.front().size(); ++row) {
      const auto number = static_cast<std::size_t>(rows.front().integer(row, 0));
      read_row(rows.front(), row, fact(places.at(number - 1)));
    }
    rows = rows.subspan(1);
  };
  const auto read_user = [](const Rows& from, int row, Fact& to) {
    read_values(from, row, to, "role", "status");
  };
  const auto read_device = [](const Rows& from, int row, Fact& to) {
    read_values(from, row, to, "type", "status");
  };
  read_next(users_.places, read_user);
  read_next(devices_.places, read_device);
  read_next(acts_.places, read_acts);
  read_next(acts_for_any_.places, read_acts);
}

}  // namespace sample::postgresql

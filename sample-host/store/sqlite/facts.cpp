// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite/facts.hpp"

#include <string>

namespace sample::sqlite {
namespace {

using dcc::host::Fact;

constexpr std::string_view kRelationsRevision =
    "(SELECT value FROM meta WHERE name = 'relations_revision')";

// Only an active Supplier confirms an agent. SEC Modification Report, section 7.
constexpr std::string_view kActiveSupplier =
    " users.status = 'Active' AND users.role IN ('EIS', 'GIS')";

std::string acts_sql(std::string_view from, std::string_view condition, std::string_view day) {
  std::string sql = "SELECT EXISTS(SELECT 1 FROM " + std::string(from) + " WHERE";
  sql += kActiveSupplier;
  sql += " AND " + std::string(condition) + " AND valid_from <= " + std::string(day) +
         " AND (valid_until IS NULL OR valid_until >= " + std::string(day) + ")), ";
  sql += kRelationsRevision;
  return sql;
}

void no_such_question(Fact& fact) {
  fact.is_unavailable("this host answers no such question");
}

// One statement reads the answer and its revision, so both are of one moment.
void answer_yes_or_no(Fact& fact, Run& run) {
  run.next();
  fact.is_there({{"acts", run.integer(0) != 0 ? "yes" : "no"}}, run.integer(1));
}

}  // namespace

FactTables::FactTables(Connection& db)
    : user_(db,
            "SELECT role, status, revision FROM (SELECT value AS revision FROM meta WHERE name ="
            " 'relations_revision') LEFT JOIN users ON user_id = ?1"),
      device_(db, "SELECT type, status, revision FROM devices WHERE device_id = ?1"),
      acts_(db, acts_sql("orders JOIN appointments USING (supplier_id)"
                         " JOIN users ON users.user_id = orders.supplier_id",
                         "agent_id = ?1 AND device_id = ?2", "?3")),
      acts_for_any_(db, acts_sql("appointments JOIN users ON users.user_id = supplier_id",
                                 "agent_id = ?1", "?2")),
      relations_revision_(db, "SELECT " + std::string(kRelationsRevision)) {}

void FactTables::answer(Fact& fact) {
  using namespace dcc::host;
  if (fact.kind == kUserFact) return answer_user(fact);
  if (fact.kind == kDeviceFact) return answer_device(fact);
  if (fact.kind == kActsFact) return answer_acts(fact);
  if (fact.kind == kActsForAnyFact) return answer_acts_for_any(fact);
  no_such_question(fact);
}

bool FactTables::is_current(const Fact& fact, std::int64_t relations) {
  return fact.kind != dcc::host::kDeviceFact && fact.revision == relations;
}

std::int64_t FactTables::relations_revision() {
  Run run(relations_revision_);
  run.next();
  return run.integer(0);
}

void FactTables::answer_user(Fact& fact) {
  const auto user_id = dcc::host::parse_eui_key(fact.key);
  if (!user_id) return no_such_question(fact);
  Run run(user_, *user_id);
  run.next();
  if (run.is_null(0)) return fact.is_not_there(run.integer(2));
  fact.is_there({{"role", std::string(run.text(0))}, {"status", std::string(run.text(1))}},
                run.integer(2));
}

// A device's own revision begins with 1, so that 0 is that of its absence.
void FactTables::answer_device(Fact& fact) {
  const auto device_id = dcc::host::parse_eui_key(fact.key);
  if (!device_id) return no_such_question(fact);
  Run run(device_, *device_id);
  if (!run.next()) return fact.is_not_there(0);
  fact.is_there({{"type", std::string(run.text(0))}, {"status", std::string(run.text(1))}},
                run.integer(2));
}

void FactTables::answer_acts(Fact& fact) {
  const auto asked = dcc::host::parse_acts_key(fact.key);
  if (!asked) return no_such_question(fact);
  Run run(acts_, asked->agent, asked->device, asked->day);
  answer_yes_or_no(fact, run);
}

void FactTables::answer_acts_for_any(Fact& fact) {
  const auto asked = dcc::host::parse_acts_for_any_key(fact.key);
  if (!asked) return no_such_question(fact);
  Run run(acts_for_any_, asked->agent, asked->day);
  answer_yes_or_no(fact, run);
}

}  // namespace sample::sqlite

// SPDX-License-Identifier: Apache-2.0
#include "store/postgresql/reader.hpp"

#include <string>
#include <vector>

#include "store/postgresql/facts.hpp"

namespace sample::postgresql {
namespace {

using dcc::adaptor::Inquiry;
using dcc::host::Fact;

// What several statements read within one is of one moment.
const Statement kBegin{"begin_moment", "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"};
const Statement kEnd{"end_moment", "COMMIT"};
// OFFSET 0: as in facts.cpp.
const Statement kBefore{
    "before",
    "SELECT n, i.digest, o.response, i.seq, c.name, f.counter"
    " FROM unnest($1::int8[], $2::int8[], $3::int8[]) WITH ORDINALITY AS q(a, b, c, n)"
    " LEFT JOIN LATERAL (SELECT digest, chain, seq, month FROM duis.request_ids"
    " WHERE originator = q.a AND target = q.b AND counter = q.c OFFSET 0) i ON true"
    " LEFT JOIN LATERAL (SELECT response FROM duis.outcomes"
    " WHERE chain = i.chain AND seq = i.seq AND month = i.month OFFSET 0) o ON true"
    " LEFT JOIN LATERAL (SELECT host || '.' || lane AS name FROM duis.chains"
    " WHERE chain = i.chain AND o.response IS NULL OFFSET 0) c ON true"
    " LEFT JOIN LATERAL (SELECT counter FROM duis.forgotten"
    " WHERE originator = q.a AND i.seq IS NULL OFFSET 0) f ON true"
    " WHERE i.seq IS NOT NULL OR f.counter IS NOT NULL"};

Call earlier_answers(std::span<const Inquiry> inquiries) {
  Column originators(Column::Type::int8), targets(Column::Type::int8), counters(Column::Type::int8);
  for (const Inquiry& inquiry : inquiries) {
    originators.add(inquiry.request_id.originator);
    targets.add(inquiry.request_id.target);
    counters.add(as_signed(inquiry.request_id.counter));
  }
  return {kBefore, Parameters(originators, targets, counters)};
}

void read_earlier_answers(const Rows& rows, std::span<Inquiry> inquiries) {
  for (int row = 0; row < rows.size(); ++row) {
    Inquiry& inquiry = inquiries[static_cast<std::size_t>(rows.integer(row, 0) - 1)];
    if (rows.is_null(row, 3)) {
      inquiry.forgotten = rows.eui(row, 5).value;
      continue;
    }
    auto& before = inquiry.before.emplace();
    before.digest = rows.text(row, 1);
    before.response = rows.text(row, 2);
    if (!rows.is_null(row, 2)) continue;
    before.archived = rows.integer(row, 3);
    before.chain = rows.text(row, 4);
  }
}

}  // namespace

void Reader::answer(std::span<Inquiry> inquiries) {
  if (inquiries.empty()) return;
  FactQuestions questions;
  std::vector<Fact*> places;
  for (Inquiry& inquiry : inquiries) {
    for (Fact& fact : inquiry.facts.all()) {
      if (fact.state != Fact::State::asked) continue;
      if (questions.ask(fact, FactQuestions::kNoRevision, places.size())) {
        places.push_back(&fact);
      } else {
        FactQuestions::is_unanswered(fact);
      }
    }
  }
  std::vector<Call> calls{{kBegin}, earlier_answers(inquiries)};
  questions.put(calls);
  calls.push_back({kEnd});
  const std::vector<Rows> rows = session_.read(
      [&](Connection& connection, Deadline deadline) { return connection.run(calls, deadline); });
  read_earlier_answers(rows[1], inquiries);
  questions.read(std::span(rows).subspan(2),
                 [&](std::size_t place) -> Fact& { return *places[place]; });
}

}  // namespace sample::postgresql

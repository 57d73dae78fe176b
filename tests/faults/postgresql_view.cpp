// SPDX-License-Identifier: Apache-2.0
#include "postgresql_view.hpp"

#include <bit>
#include <stdexcept>

#include "duis/identifiers.hpp"

namespace faults {
namespace {

using dcc::duis::Eui64;
using dcc::duis::RequestId;

std::string number(std::uint64_t value) {
  return std::to_string(std::bit_cast<std::int64_t>(value));
}

std::uint64_t unsigned_of(const std::string& text) {
  return std::bit_cast<std::uint64_t>(static_cast<std::int64_t>(std::stoll(text)));
}

}  // namespace

std::optional<StoreView::Outcome> PostgresqlView::outcome(const std::string& request_id) {
  const auto id = RequestId::parse(request_id);
  if (!id) throw std::logic_error("no RequestID: " + request_id);
  const auto rows = session_.run(
      "SELECT code, convert_from(response, 'UTF8'), accepted_return"
      " FROM duis.request_ids JOIN duis.outcomes USING (chain, seq, month)"
      " WHERE (request_ids.originator, request_ids.target, request_ids.counter) = (" +
      number(id->originator.value) + ", " + number(id->target.value) + ", " + number(id->counter) +
      ")");
  if (rows.empty()) return std::nullopt;
  return Outcome{rows[0][0], rows[0][1], rows[0][2] == "t"};
}

std::vector<std::string> PostgresqlView::request_ids(dcc::adaptor::Cursors& after) {
  std::vector<std::string> ids;
  for (const auto& chain :
       session_.run("SELECT chain, format('%s.%s', host, lane) FROM duis.chains ORDER BY chain")) {
    for (const auto& row : session_.run(
             "SELECT originator, target, counter, seq FROM duis.outcomes WHERE chain = " +
             chain[0] + " AND seq > " + std::to_string(after.of(chain[1])) + " ORDER BY seq")) {
      ids.push_back(
          RequestId{Eui64{unsigned_of(row[0])}, Eui64{unsigned_of(row[1])}, unsigned_of(row[2])}
              .text());
      after.set(chain[1], std::stoll(row[3]));
    }
  }
  return ids;
}

}  // namespace faults

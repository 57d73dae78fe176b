// SPDX-License-Identifier: Apache-2.0
#include "store/postgresql/records.hpp"

#include <optional>
#include <utility>

namespace sample::postgresql {
namespace {

using dcc::adaptor::Record;
using Type = Column::Type;

// In the order of the key: two hosts that store the same RequestIDs wait for each other and do not
// lock each other out.
const Statement kStoreRequestIds{
    "store_request_ids",
    "INSERT INTO duis.request_ids(originator, target, counter, chain, seq, month, digest)"
    " SELECT originator, target, counter, $1::int8, seq, duis.month_of(decided_at), digest"
    " FROM unnest($2::int8[], $3::int8[], $4::int8[], $5::int8[], $6::int8[], $7::bytea[])"
    " AS r(originator, target, counter, seq, decided_at, digest)"
    " ORDER BY originator, target, counter"};
const Statement kStoreOutcomes{
    "store_outcomes",
    "INSERT INTO duis.outcomes(chain, seq, originator, target, counter, device_id, received_at,"
    " decided_at, month, repeated, accepted_return, digest, hash, srv, role, code, reason, handler,"
    " settings_hash, trace, items, facts, request, response)"
    " SELECT $1::int8, seq, originator, target, counter, device_id, received_at,"
    " decided_at, duis.month_of(decided_at), repeated, accepted_return, digest, hash, srv, role,"
    " code, reason, handler, settings_hash, trace, items, facts, request, response"
    " FROM unnest($2::int8[], $3::int8[], $4::int8[], $5::int8[], $6::int8[], $7::int8[],"
    " $8::int8[], $9::bool[], $10::bool[], $11::bytea[], $12::bytea[], $13::text[], $14::text[],"
    " $15::text[], $16::text[], $17::text[], $18::text[], $19::text[], $20::text[], $21::text[],"
    " $22::bytea[], $23::bytea[]) AS r(seq, originator, target, counter, device_id, received_at,"
    " decided_at, repeated, accepted_return, digest, hash, srv, role, code, reason, handler,"
    " settings_hash, trace, items, facts, request, response)"};
const Statement kStoreReturns{
    "store_returns",
    "INSERT INTO duis.returns(device_id, chain, seq)"
    " SELECT device_id, $1::int8, seq FROM unnest($2::int8[], $3::int8[]) AS r(device_id, seq)"};
const Statement kStoreHead{"store_head",
                           "UPDATE duis.chains SET seq = $2::int8, hash = $3::bytea,"
                           " signature = $4::bytea WHERE chain = $1::int8"};

Call request_ids(std::int64_t chain, std::span<const Record> records) {
  Column originator(Type::int8), target(Type::int8), counter(Type::int8), seq(Type::int8),
      decided_at(Type::int8), digest(Type::bytea);
  for (const Record& record : records) {
    const Outcome& outcome = record.outcome;
    originator.add(outcome.request_id.originator);
    target.add(outcome.request_id.target);
    counter.add(as_signed(outcome.request_id.counter));
    seq.add(record.cursor);
    decided_at.add(outcome.decided_at);
    digest.add(outcome.digest);
  }
  return {kStoreRequestIds,
          Parameters(chain, originator, target, counter, seq, decided_at, digest)};
}

Call outcomes(std::int64_t chain, std::span<const Record> records) {
  Column seq(Type::int8), originator(Type::int8), target(Type::int8), counter(Type::int8),
      device_id(Type::int8), received_at(Type::int8), decided_at(Type::int8),
      repeated(Type::boolean), accepted_return(Type::boolean), digest(Type::bytea),
      hash(Type::bytea), srv(Type::text), role(Type::text), code(Type::text), reason(Type::text),
      handler(Type::text), settings_hash(Type::text), trace(Type::text), items(Type::text),
      facts(Type::text), request(Type::bytea), response(Type::bytea);
  for (const Record& record : records) {
    const Outcome& outcome = record.outcome;
    seq.add(record.cursor);
    originator.add(outcome.request_id.originator);
    target.add(outcome.request_id.target);
    counter.add(as_signed(outcome.request_id.counter));
    if (outcome.device_id) {
      device_id.add(*outcome.device_id);
    } else {
      device_id.add_null();
    }
    received_at.add(outcome.received_at);
    decided_at.add(outcome.decided_at);
    repeated.add(record.repeated);
    accepted_return.add(record.accepted_return);
    digest.add(outcome.digest);
    hash.add(record.hash);
    srv.add(outcome.srv);
    role.add(outcome.role);
    code.add(outcome.code);
    reason.add(outcome.reason);
    handler.add(outcome.handler);
    settings_hash.add(outcome.settings_hash);
    trace.add(outcome.trace);
    items.add(record.items);
    facts.add(record.facts);
    request.add(outcome.request);
    response.add(outcome.response);
  }
  return {kStoreOutcomes,
          Parameters(chain, seq, originator, target, counter, device_id, received_at, decided_at,
                     repeated, accepted_return, digest, hash, srv, role, code, reason, handler,
                     settings_hash, trace, items, facts, request, response)};
}

// The first of each hub; nothing: there is none.
std::optional<Call> returns(std::int64_t chain, std::span<const Record> records) {
  Column device_id(Type::int8), seq(Type::int8);
  for (const Record& record : records) {
    if (!record.accepted_return || record.repeated || !record.outcome.device_id) continue;
    device_id.add(*record.outcome.device_id);
    seq.add(record.cursor);
  }
  if (seq.size() == 0) return std::nullopt;
  return Call{kStoreReturns, Parameters(chain, device_id, seq)};
}

}  // namespace

void put_records(std::int64_t chain, std::span<const Record> records, std::vector<Call>& calls) {
  calls.push_back(request_ids(chain, records));
  calls.push_back(outcomes(chain, records));
  if (auto call = returns(chain, records)) calls.push_back(std::move(*call));
}

Call new_end(std::int64_t chain, const AuditHead& end) {
  return {kStoreHead, Parameters(chain, end.cursor, end.hash, end.signature)};
}

}  // namespace sample::postgresql

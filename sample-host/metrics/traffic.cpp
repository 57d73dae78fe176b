// SPDX-License-Identifier: Apache-2.0
#include "metrics/traffic.hpp"

namespace sample::metrics {
namespace {

// The code's place in the sorted list; its size: it is none of them.
std::size_t code_index(std::string_view code) noexcept {
  const auto& codes = dcc::kPackedResponseCodes;
  if (!dcc::is_response_code(code)) return codes.size();
  const auto at = std::lower_bound(codes.begin(), codes.end(), dcc::packed(code));
  return static_cast<std::size_t>(at - codes.begin());
}

// Three digits, without a string.
std::size_t status_index(unsigned status) noexcept {
  const char digits[]{static_cast<char>('0' + status / 100 % 10),
                      static_cast<char>('0' + status / 10 % 10),
                      static_cast<char>('0' + status % 10)};
  return kStatuses.index({digits, sizeof digits});
}

}  // namespace

std::size_t SrvNames::index(std::string_view srv) noexcept {
  const std::size_t at = find(srv);
  return at < kMost ? at : learn(srv);
}

std::string_view SrvNames::name(std::size_t at) const noexcept {
  return at < count_.load(std::memory_order_acquire) ? names_[at].data() : kOther;
}

std::size_t SrvNames::find(std::string_view srv) const noexcept {
  const std::size_t count = count_.load(std::memory_order_acquire);
  for (std::size_t i = 0; i < count; ++i)
    if (srv == names_[i].data()) return i;
  return kMost;
}

std::size_t SrvNames::learn(std::string_view srv) noexcept {
  if (count_.load(std::memory_order_relaxed) == kMost || srv.size() >= names_[0].size())
    return kMost;
  const std::lock_guard lock(learning_);
  const std::size_t count = count_.load(std::memory_order_relaxed);
  if (const std::size_t at = find(srv); at < kMost || count == kMost) return at;
  srv.copy(names_[count].data(), srv.size());
  count_.store(count + 1, std::memory_order_release);
  return count;
}

void WorkerTraffic::answered(unsigned status, bool shed,
                             std::optional<std::chrono::nanoseconds> waited,
                             std::chrono::nanoseconds took) noexcept {
  statuses_[status_index(status)].add();
  if (shed) shed_.add();
  if (waited) waited_.observe(*waited);
  took_.observe(took);
}

void WorkerTraffic::replied(const dcc::adaptor::Reply& reply) noexcept {
  if (reply.decision) decision_.observe(*reply.decision);
  if (reply.commit) commit_.observe(*reply.commit);
  if (reply.kind != dcc::adaptor::Reply::Kind::response) {
    reasons_[kReasons.index(reply.title)].add();
  } else if (reply.repeated) {
    repeats_.add();
  } else {
    outcomes_[outcome_index(reply)].add();
  }
}

std::size_t WorkerTraffic::outcome_index(const dcc::adaptor::Reply& reply) const noexcept {
  const std::size_t role = kRoles.index(reply.role.empty() ? "none" : std::string_view(reply.role));
  return (srvs_.index(reply.srv) * decltype(kRoles)::kValues + role) * kCodes +
         code_index(reply.code);
}

WorkerTraffic& Traffic::worker() {
  const std::lock_guard lock(mutex_);
  return workers_.emplace_back(srvs_);
}

void Traffic::committed(std::size_t outcomes, bool succeeded, std::int64_t at) noexcept {
  last_failed_.store(!succeeded, std::memory_order_relaxed);
  if (!succeeded) return failed_commits_.add();
  last_commit_.store(at, std::memory_order_relaxed);
  batches_.observe(std::uint64_t{outcomes});
}

Totals Traffic::totals() const {
  constexpr std::size_t kCodes = WorkerTraffic::kCodes;
  constexpr std::size_t kRoleValues = decltype(kRoles)::kValues;
  std::vector<std::uint64_t> outcomes(SrvNames::kValues * kRoleValues * kCodes);
  Totals total;
  for (std::size_t i = 0; i < decltype(kStatuses)::kValues; ++i)
    total.answers.emplace_back(kStatuses.name(i), 0);
  for (std::size_t i = 0; i < decltype(kReasons)::kValues; ++i)
    total.refusals.emplace_back(kReasons.name(i), 0);
  // Every family is there, also without a worker.
  for (HistogramSum* sum : {&total.waited, &total.decision, &total.commit, &total.took})
    sum->buckets.resize(kTimeBounds.size() + 1);
  batches_.add_to(total.batches);
  total.failed_commits = failed_commits_.value();

  const std::lock_guard lock(mutex_);
  for (const WorkerTraffic& worker : workers_) {
    for (std::size_t i = 0; i < total.answers.size(); ++i)
      total.answers[i].second += worker.statuses_[i].value();
    for (std::size_t i = 0; i < total.refusals.size(); ++i)
      total.refusals[i].second += worker.reasons_[i].value();
    for (std::size_t i = 0; i < outcomes.size(); ++i) outcomes[i] += worker.outcomes_[i].value();
    total.repeats += worker.repeats_.value();
    total.shed += worker.shed_.value();
    worker.waited_.add_to(total.waited);
    worker.decision_.add_to(total.decision);
    worker.commit_.add_to(total.commit);
    worker.took_.add_to(total.took);
  }
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    if (outcomes[i] == 0) continue;
    const std::size_t code = i % kCodes;
    const std::size_t srv = i / kCodes / kRoleValues;
    total.outcomes.push_back(
        {srvs_.name(srv), kRoles.name(i / kCodes % kRoleValues),
         code < dcc::kResponseCodes.size() ? dcc::kResponseCodes[code] : kOther, outcomes[i]});
  }
  return total;
}

}  // namespace sample::metrics

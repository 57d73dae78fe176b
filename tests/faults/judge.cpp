// SPDX-License-Identifier: Apache-2.0
#include "judge.hpp"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "load.hpp"

namespace faults {
namespace {

// Of what was answered before the last kill.
constexpr std::size_t kSample = 20;

}  // namespace

void print(const Checks& checks, const char* end) {
  std::printf(
      "  without an answer at %s: %zu, of which the store had %zu\n"
      "  checks: %zu answers compared with the store, %zu requests repeated, %zu rows of /returns, "
      "%zu integrity checks, %zu audits\n",
      end, checks.unanswered, checks.kept, checks.answers, checks.repeats, checks.returns,
      checks.integrity, checks.audits);
}

Judge::Judge(Hosts hosts, Look look, Ledger& ledger, std::mt19937_64& random, Checks& checks)
    : hosts_(std::move(hosts)),
      look_(std::move(look)),
      ledger_(ledger),
      random_(random),
      checks_(checks) {}

void Judge::after_restart() {
  store_ = look_();
  auto& exchanges = ledger_.exchanges();
  const std::size_t before = judged_;
  for (; judged_ < exchanges.size(); ++judged_) {
    Exchange& exchange = exchanges[judged_];
    asked_.insert(exchange.request_id);
    exchange.response.empty() ? resolve(exchange) : compare(exchange);
    if (hosts_.size() > 1) repeat(exchange);
  }
  for (std::size_t i = 0; i < kSample; ++i) {
    repeat(exchanges[random_() % judged_]);
    if (before > 0) compare(exchanges[random_() % before]);
  }
  check_returns();
  check_outcomes();
  check_store();
  store_.reset();
}

void Judge::at_the_end() {
  store_ = look_();
  for (const Exchange& exchange : ledger_.exchanges()) compare(exchange);
  returned_.clear();
  returns_resume_ = "0";
  check_returns();
  store_.reset();
}

void Judge::compare(const Exchange& exchange) {
  ++checks_.answers;
  const auto outcome = store_->outcome(exchange.request_id);
  if (!outcome) return violation("an answer is not in the store", exchange.request_id);
  if (outcome->response != exchange.response) {
    violation("an answer has other octets in the store", exchange.request_id);
  }
  if (outcome->accepted_return != (exchange.expected == "I99")) {
    violation("an accepted return is not marked as one in the store, or a refused one is",
              exchange.request_id);
  }
}

void Judge::repeat(const Exchange& exchange) {
  for (support::HostFixture* host : hosts_) {
    ++checks_.repeats;
    const auto reply = host->post(exchange.document);
    if (reply.status != 200 || reply.body != exchange.response) {
      violation("a repeat was not answered with the same octets, but with HTTP " +
                    std::to_string(reply.status),
                exchange.request_id);
    }
  }
}

// Nobody knows whether it was committed; whatever it is answered with now is the answer.
void Judge::resolve(Exchange& exchange) {
  ++checks_.unanswered;
  const auto outcome = store_->outcome(exchange.request_id);
  if (outcome) ++checks_.kept;
  const auto reply = hosts_[random_() % hosts_.size()]->post(exchange.document);
  if (const auto code = support::code_of(reply); code != exchange.expected) {
    violation("wrong answer: " + code + " instead of " + exchange.expected, exchange.request_id);
  }
  if (outcome && outcome->response != reply.body) {
    violation("what was stored before the kill is not what a repeat gets", exchange.request_id);
  }
  exchange.response = reply.body;
  compare(exchange);
  repeat(exchange);
}

void Judge::check_returns() {
  for (;;) {
    const auto page = hosts_.front()->get("/returns?after=" + returns_resume_ + "&limit=1000");
    const auto& rows = page.at("returns").as_array();
    if (rows.empty()) break;
    for (const auto& row : rows) {
      ++checks_.returns;
      const std::string id(row.at("request_id").as_string());
      if (!returned_.insert(id).second) violation("a return is there twice", id);
      if (!asked_.contains(id)) violation("a return that nobody sent", id);
    }
    returns_resume_ = page.at("resume").as_string();
  }
  std::size_t accepted = 0;
  for (const Exchange& exchange : ledger_.exchanges()) {
    if (exchange.expected != "I99") continue;
    ++accepted;
    if (!returned_.contains(exchange.request_id)) {
      violation("an accepted return is not in /returns", exchange.request_id);
    }
  }
  if (accepted != returned_.size()) {
    ledger_.violation(std::to_string(returned_.size()) + " returns are in /returns, " +
                      std::to_string(accepted) + " were accepted");
  }
}

void Judge::check_outcomes() {
  for (const std::string& id : store_->request_ids(outcomes_cursors_)) {
    if (!stored_.insert(id).second) violation("an outcome is there twice", id);
    if (!asked_.contains(id)) violation("an outcome that nobody asked for", id);
  }
}

void Judge::check_store() {
  ++checks_.integrity;
  if (const auto found = store_->integrity(); found != "ok") {
    ledger_.violation("integrity check: " + found);
  }
  ++checks_.audits;
  const auto audit =
      support::run(support::sample_host_program(),
                   {"audit", "--verify", "--config", hosts_.front()->configuration().string()});
  if (audit.exit_code != 0) {
    ledger_.violation("audit --verify ends with " + std::to_string(audit.exit_code) + ": " +
                      audit.out + audit.err);
  }
}

void Judge::violation(const std::string& what, const std::string& request_id) {
  ledger_.violation(what + ": " + request_id);
}

}  // namespace faults

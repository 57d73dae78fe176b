// SPDX-License-Identifier: Apache-2.0
#include "load.hpp"

#include <chrono>
#include <exception>
#include <iterator>

namespace faults {
namespace {

// Who asks what about which hub, and the code that the rule gives.
struct Sort {
  const char* user;
  const char* srv;
  const char* status;
  const char* code;
};

constexpr Sort kSorts[] = {
    {"eis", "8.14.3", "Pending", "I99"},      {"sna", "8.14.3", "Pending", "I99"},
    {"gis", "8.14.4", "Withdrawn", "I99"},    {"sna", "8.14.4", "Pending", "I99"},
    {"sna", "8.14.4", "Commissioned", "E5"},  {"lonely", "8.14.3", "Pending", "E4"},
    {"es", "8.14.3", "Pending", "E2"},        {"unknown", "8.14.4", "Pending", "E1"},
    {"suspended", "8.14.4", "Pending", "E3"},
};

// One request in so many is sent again as soon as it is answered.
constexpr unsigned kRepeatOneIn = 8;

constexpr std::chrono::milliseconds kRetryAfter{20};

}  // namespace

support::HttpReply post(support::HttpClient& client, const std::string& document) {
  return client.send("POST", "/api/v1/serviceD", {{"Content-Type", "application/xml"}}, document);
}

Load::Load(support::HostFixture& host, Ledger& ledger, unsigned connections, std::uint64_t seed)
    : host_(host), ledger_(ledger) {
  for (unsigned i = 0; i < connections; ++i) {
    ledger_.come();
    clients_.emplace_back(
        [this, client = host.client(), random = std::mt19937_64(seed + i)]() mutable {
          run(std::move(client), random);
        });
  }
}

Load::~Load() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  stopped_.notify_all();
  for (auto& client : clients_) client.join();
}

support::HttpReply Load::ask(support::HttpClient& client, const std::string& document) {
  for (;;) {
    auto reply = post(client, document);
    if (reply.status == 200) return reply;
    ledger_.refused(reply.status);
    std::unique_lock lock(mutex_);
    if (reply.status != 503 ||
        stopped_.wait_for(lock, kRetryAfter, [this] { return stop_.load(); })) {
      return reply;
    }
  }
}

void Load::run(support::HttpClient client, std::mt19937_64 random) {
  try {
    while (!stop_) {
      const Sort& sort = kSorts[random() % std::size(kSorts)];
      const auto fields = host_.request(sort.user, sort.srv, support::hub(sort.status));
      Exchange& exchange =
          ledger_.ask({fields.request_id, host_.sign(sort.user, fields), sort.code, std::string()});
      const auto reply = ask(client, exchange.document);
      if (reply.status != 200) continue;
      if (const std::string code = support::code_of(reply); code != sort.code) {
        ledger_.violation("wrong answer: " + code + " instead of " + sort.code + " to " +
                          fields.request_id);
      }
      ledger_.answered(exchange, reply.body);
      if (random() % kRepeatOneIn != 0) continue;
      const auto again = post(client, exchange.document);
      if (again.status == 200 && again.body != reply.body) {
        ledger_.violation("a repeat got other bytes while the host ran: " + fields.request_id);
      }
      ledger_.repeated();
    }
  } catch (const std::exception&) {
    // The host is gone; what is not answered by now is for the check after its return.
  }
  ledger_.gone();
}

}  // namespace faults

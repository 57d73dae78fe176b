// SPDX-License-Identifier: Apache-2.0
#include "client/console/load.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <condition_variable>
#include <memory>
#include <stdexcept>

#include "client/console/exchange.hpp"
#include "client/return_request.hpp"
#include "duis/reader.hpp"
#include "duis/writer.hpp"
#include "foreign/members.hpp"

namespace sample::console {
namespace {

namespace json = boost::json;
using Clock = std::chrono::steady_clock;
using dcc::foreign::Members;
using dcc::foreign::Path;

// As many may wait for their answers.
constexpr unsigned kSenders = 4;

// The smallest value that so many per cent are not above.
double percentile(const std::vector<double>& sorted, double percent) {
  const auto rank = std::ceil(percent / 100 * static_cast<double>(sorted.size()));
  return sorted[static_cast<std::size_t>(std::max(rank, 1.0)) - 1];
}

// Until then, or until it shall stop: false.
bool wait_until(const std::stop_token& stop, Clock::time_point then) {
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::unique_lock lock(mutex);
  stopped.wait_until(lock, stop, then, [] { return false; });
  return !stop.stop_requested();
}

}  // namespace

struct Load::Plan {
  dcc::duis::Signer signer;
  std::string srv, device;
  std::uint64_t counter = 0;  // of the first request
  std::int64_t requests = 0;
  std::chrono::duration<double> apart{};
  Clock::time_point begin{};
};

Load::~Load() {
  stop();
}

void Load::start(const dcc::foreign::Json& json) {
  static constexpr auto kNames =
      std::to_array<std::string_view>({"user", "srv", "device", "per_second", "seconds"});
  const Path top;
  const Members question(json, top, kNames);
  const std::int64_t rate = dcc::foreign::read_integer(question, "per_second", kMostPerSecond, 1);
  const std::int64_t seconds = dcc::foreign::read_integer(question, "seconds", kMostSeconds, 1);
  const dcc::duis::Eui64 device{dcc::foreign::read_eui64(question, "device")};
  const auto plan = std::make_shared<const Plan>(
      Plan{signer_of(options_, dcc::foreign::read_word(question, "user", 1000)), read_srv(question),
           device.text(), client::new_counter(), rate * seconds,
           std::chrono::duration<double>(1.0 / static_cast<double>(rate)), Clock::now()});

  const std::lock_guard control(control_);
  {
    const std::lock_guard lock(mutex_);
    if (at_work_ > 0) throw std::runtime_error("a load runs already: stop it, or wait for its end");
    at_work_ = kSenders;
    failed_ = 0;
    failure_.clear();
    codes_.clear();
    milliseconds_.clear();
  }
  senders_.clear();
  for (unsigned sender = 0; sender < kSenders; ++sender) {
    senders_.emplace_back([this, plan, sender](const std::stop_token& token) {
      send(token, *plan, sender);
      const std::lock_guard lock(mutex_);
      --at_work_;
    });
  }
}

void Load::stop() {
  const std::lock_guard control(control_);
  for (auto& sender : senders_) sender.request_stop();
  senders_.clear();
  const std::lock_guard lock(mutex_);
  at_work_ = 0;
}

// Every kSenders-th of the requests.
void Load::send(const std::stop_token& stop, const Plan& plan, unsigned sender) {
  dcc::duis::Reader reader(*dcc::duis::Schema::built_in());
  for (std::int64_t i = sender; i < plan.requests; i += kSenders) {
    const auto due = plan.begin + std::chrono::duration_cast<Clock::duration>(
                                      plan.apart * static_cast<double>(i));
    if (!wait_until(stop, due)) return;
    try {
      const dcc::duis::RequestId id{plan.signer.certificate().eui(), options_.target,
                                    plan.counter + static_cast<std::uint64_t>(i)};
      const std::string document = dcc::duis::sign_document(
          dcc::duis::request_root(client::return_fields(id, plan.srv, plan.device, {})),
          plan.signer);
      const auto begin = Clock::now();
      const auto answer =
          client::post_xml(options_.service, options_.tls, document, options_.patience);
      const std::chrono::duration<double, std::milli> took = Clock::now() - begin;
      note(code_of(answer, reader), took.count());
    } catch (const std::exception& e) {
      const std::lock_guard lock(mutex_);
      if (failed_++ == 0) failure_ = e.what();
    }
  }
}

void Load::note(const std::string& code, double milliseconds) {
  const std::lock_guard lock(mutex_);
  ++codes_[code];
  milliseconds_.push_back(milliseconds);
}

json::object Load::state() const {
  std::vector<double> sorted;
  json::object state;
  {
    const std::lock_guard lock(mutex_);
    sorted = milliseconds_;
    json::object codes;
    for (const auto& [code, count] : codes_) codes[code] = count;
    state = {{"running", at_work_ > 0},   {"sent", sorted.size() + failed_},
             {"failed", failed_},         {"failure", failure_},
             {"codes", std::move(codes)}, {"milliseconds", nullptr}};
  }
  if (sorted.empty()) return state;
  std::sort(sorted.begin(), sorted.end());
  state["milliseconds"] = json::object{{"p50", percentile(sorted, 50)},
                                       {"p95", percentile(sorted, 95)},
                                       {"p99", percentile(sorted, 99)},
                                       {"max", sorted.back()}};
  return state;
}

}  // namespace sample::console

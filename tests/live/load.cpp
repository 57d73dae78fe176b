// SPDX-License-Identifier: Apache-2.0
#include "load.hpp"

#include <algorithm>
#include <chrono>
#include <stdexcept>

namespace live {

using Clock = std::chrono::steady_clock;

bool Course::allows(std::size_t from, std::size_t to, const Sort& sort,
                    const std::string& code) const {
  const std::size_t last = std::min((to + 1) / 2, changes());
  for (std::size_t i = from / 2; i <= last; ++i) {
    if (expected(states_[i], sort) == code) return true;
  }
  return false;
}

Load::Load(support::HostFixture& host, const Course& course, unsigned connections)
    : host_(host), course_(course) {
  for (unsigned i = 0; i < connections; ++i) {
    threads_.emplace_back(
        [this, i, client = host.client()]() mutable { run(std::move(client), i); });
  }
}

Load::~Load() {
  stop_ = true;
  for (auto& thread : threads_) thread.join();
}

void Load::await_answers(std::size_t count) {
  std::unique_lock lock(mutex_);
  const std::size_t wanted = answers_ + count;
  const auto enough = [&] { return answers_ >= wanted || !result_.broken.empty(); };
  if (!answered_.wait_for(lock, support::kPatience, enough)) {
    throw std::runtime_error("the host has stopped answering");
  }
}

Load::Result Load::stop() {
  stop_ = true;
  for (auto& thread : threads_) thread.join();
  threads_.clear();
  for (auto* times : {&result_.steady, &result_.changing}) std::sort(times->begin(), times->end());
  return std::move(result_);
}

void Load::run(support::HttpClient client, std::size_t first_sort) {
  for (std::size_t i = first_sort; !stop_; ++i) {
    const Sort& sort = sorts()[i % sorts().size()];
    const std::string document =
        host_.sign(sort.user, host_.request(sort.user, sort.srv, support::hub(sort.status)));
    const std::size_t from = course_.position();
    const auto start = Clock::now();
    try {
      const auto reply =
          client.send("POST", "/api/v1/serviceD", {{"Content-Type", "application/xml"}}, document);
      const std::chrono::duration<double, std::milli> time = Clock::now() - start;
      take(sort, from, time.count(), reply);
    } catch (const std::exception& e) {
      const std::lock_guard lock(mutex_);
      result_.broken.emplace_back(e.what());
      answered_.notify_all();
      return;
    }
  }
}

void Load::take(const Sort& sort, std::size_t from, double ms, const support::HttpReply& reply) {
  const std::size_t to = course_.position();
  const std::string code = support::code_of(reply);
  const std::lock_guard lock(mutex_);
  ++result_.codes[code];
  if (!course_.allows(from, to, sort, code)) {
    result_.wrong.push_back(code + " for " + sort.user + ' ' + sort.srv + ' ' + sort.status +
                            ", positions " + std::to_string(from) + " to " + std::to_string(to) +
                            ": " + reply.body);
  }
  if (reply.field("connection") == "close") result_.broken.push_back("closed after " + code);
  const bool steady = from == to && from % 2 == 0;
  (steady ? result_.steady : result_.changing).push_back(ms);
  ++answers_;
  answered_.notify_all();
}

double quantile(const std::vector<double>& sorted, double share) {
  if (sorted.empty()) return 0;
  const auto index = static_cast<std::size_t>(share * static_cast<double>(sorted.size()));
  return sorted[std::min(index, sorted.size() - 1)];
}

}  // namespace live

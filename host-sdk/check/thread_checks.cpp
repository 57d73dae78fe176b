// SPDX-License-Identifier: Apache-2.0
//
// Handlers in many threads at once decide as they do in one.
#include <array>
#include <barrier>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "check/check.hpp"
#include "check/instance.hpp"
#include "check/request_generator.hpp"

namespace dcc::check {
namespace {

constexpr std::size_t kThreads = 8;

// The requests, and what one thread alone is answered.
struct Script {
  std::vector<Request> requests;
  std::vector<Reply> replies;
};

Script rehearse(const Subject& subject, const Instance& instance) {
  Script script;
  for (std::uint64_t number = 0; number < subject.requests; ++number) {
    script.requests.push_back(
        generate(Kind::valid, subject.seed, number, instance.handler_at(number).info));
    script.replies.push_back(instance.ask(number, script.requests.back()));
  }
  return script;
}

// All requests, beginning somewhere; the lowest number that is answered in another way.
std::optional<std::uint64_t> perform(const Script& script, const Instance& instance,
                                     std::size_t begin) {
  std::optional<std::uint64_t> lowest;
  const std::size_t count = script.requests.size();
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t number = (begin + i) % count;
    if (instance.ask(number, script.requests[number]) == script.replies[number]) continue;
    if (!lowest || number < *lowest) lowest = number;
  }
  return lowest;
}

// In many threads, each with one of the instances in turn, while this one does something else.
Finding perform_at_once(const Script& script, const std::vector<const Instance*>& instances,
                        const std::function<void()>& meanwhile) {
  std::array<std::optional<std::uint64_t>, kThreads> wrong;
  std::barrier start(kThreads);
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < kThreads; ++i) {
      threads.emplace_back([&, i] {
        start.arrive_and_wait();
        wrong[i] = perform(script, *instances[i % instances.size()],
                           i * script.requests.size() / kThreads);
      });
    }
    meanwhile();
  }
  std::optional<std::uint64_t> lowest;
  for (const auto& number : wrong) {
    if (number && (!lowest || *number < *lowest)) lowest = number;
  }
  if (!lowest) {
    return pass(std::to_string(kThreads) + " threads, " + std::to_string(script.requests.size()) +
                " requests each");
  }
  return fail("request " + std::to_string(*lowest) + " is decided in another way",
              "as in one thread: " + describe(script.replies[*lowest]));
}

Finding one_instance(const Subject& subject) {
  const auto instance = activated(subject);
  return perform_at_once(rehearse(subject, *instance), {instance.get()}, [] {});
}

Finding two_instances(const Subject& subject) {
  const auto one = activated(subject);
  const auto other = activated(subject);
  return perform_at_once(rehearse(subject, *one), {one.get(), other.get()}, [] {});
}

// As in a swap: the next instance is created, activated and destroyed while the first one decides.
Finding swap(const Subject& subject) {
  const auto instance = activated(subject);
  return perform_at_once(rehearse(subject, *instance), {instance.get()}, [&] {
    constexpr int kSwaps = 20;
    for (int i = 0; i < kSwaps; ++i) activated(subject).reset();
  });
}

constexpr std::array kChecks = {
    Check{"threads-one-instance", "many threads at once in one instance", one_instance,
          "handler-returns"},
    Check{"threads-two-instances", "many threads at once in two instances", two_instances,
          "handler-returns"},
    Check{"threads-swap", "instances come and go while another decides", swap, "handler-returns"},
};

}  // namespace

std::span<const Check> thread_checks() {
  return kChecks;
}

}  // namespace dcc::check

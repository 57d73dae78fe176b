// SPDX-License-Identifier: Apache-2.0
//
// Instances decide alike, whatever else was created, destroyed or activated again meanwhile.
#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <vector>

#include "check/check.hpp"
#include "check/instance.hpp"
#include "check/request_generator.hpp"

namespace dcc::check {
namespace {

using Settings = std::vector<dcc::host::Setting>;

constexpr std::uint64_t kSamples = 40;  // requests that show how an instance decides

// How an instance decides some requests, the same for every instance.
std::vector<std::string> decisions(const Subject& subject, const Instance& instance) {
  std::vector<std::string> all;
  for (std::uint64_t number = 0; number < kSamples; ++number) {
    const Request request =
        generate(Kind::valid, subject.seed, number, instance.handler_at(number).info);
    all.push_back(describe(instance.ask(number, request)));
  }
  return all;
}

void expect_same(const std::vector<std::string>& now, const std::vector<std::string>& before,
                 const std::string& when) {
  const auto differ = std::ranges::mismatch(now, before);
  if (differ.in1 == now.end()) return;
  throw Found{fail(when + ": " + *differ.in1, "as before: " + *differ.in2)};
}

// Calls with hosts of other instances, from which only instances that share state can get them.
void expect_own_hosts() {
  for (const Misuse& misuse : misuses()) {
    if (!misuse.foreign_host) continue;
    throw Found{fail(misuse.what, "each instance uses the host it was created with: no globals")};
  }
}

Finding activated_again(const Subject& subject) {
  constexpr int kRounds = 20;
  const auto instance = activated(subject);
  const auto decided = decisions(subject, *instance);
  for (int round = 0; round < kRounds; ++round) {
    instance->deactivate();
    instance->activate();
  }
  expect_same(decisions(subject, *instance), decided, "when activated again");
  return pass(std::to_string(kRounds) + " rounds");
}

Finding required_services_only(const Subject& subject) {
  const dcc_plugin_entry& entry = load_entry(subject);
  CheckHost::Options options = host_options(subject, subject.settings);
  options.services.emplace();
  for (std::uint32_t i = 0; i < entry.required_count; ++i) {
    options.services->emplace(entry.required[i].data, entry.required[i].size);
  }
  Instance instance(entry, options);
  instance.activate();
  decisions(subject, instance);
  return pass();
}

// Instances that differ as far as this is possible without knowing the plugin: each misses one of
// the settings. Those that are refused are not among them.
std::vector<Settings> other_settings(const Subject& subject) {
  std::vector<Settings> all = {subject.settings};
  constexpr std::size_t kMost = 20;
  for (std::size_t i = 0; i < std::min(kMost, subject.settings.size()); ++i) {
    Settings fewer = subject.settings;
    fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
    all.push_back(std::move(fewer));
  }
  return all;
}

std::unique_ptr<Instance> try_to_activate(const Subject& subject, const Settings& settings) try {
  auto instance = std::make_unique<Instance>(load_entry(subject), host_options(subject, settings));
  instance->activate();
  return instance;
} catch (const Found&) {
  return nullptr;
}

Finding several_at_once(const Subject& subject) {
  const auto first = activated(subject);
  const auto decided = decisions(subject, *first);
  std::vector<std::unique_ptr<Instance>> others;
  for (const Settings& settings : other_settings(subject)) {
    if (auto other = try_to_activate(subject, settings)) others.push_back(std::move(other));
    const auto now = decisions(subject, *first);
    expect_own_hosts();
    expect_same(now, decided, "the first instance, beside another");
  }
  for (const auto& other : others) decisions(subject, *other);
  expect_same(decisions(subject, *first), decided, "the first instance, after another was asked");
  expect_own_hosts();
  return pass(std::to_string(others.size() + 1) + " instances");
}

// Not in the order, nor in the opposite one, in which they were created.
Finding destroyed_in_any_order(const Subject& subject) {
  const auto first = activated(subject);
  const auto decided = decisions(subject, *first);
  std::vector<std::unique_ptr<Instance>> others(6);
  std::ranges::generate(others, [&] { return activated(subject); });
  for (const std::size_t gone : {1U, 5U, 0U, 4U, 2U}) {
    others[gone].reset();
    expect_same(decisions(subject, *first), decided,
                "the first instance, after another was destroyed");
    expect_same(decisions(subject, *others[3]), decided,
                "an instance, after another was destroyed");
  }
  expect_own_hosts();
  return pass();
}

constexpr std::string_view kReturns = "handler-returns";

constexpr std::array kChecks = {
    Check{"instances-reactivate", "one instance, activated again and again", activated_again,
          kReturns},
    Check{"instances-required-services", "runs with the services that it requires, no others",
          required_services_only, kReturns},
    Check{"instances-several", "several at once do not influence each other", several_at_once,
          kReturns},
    Check{"instances-destroy-order", "they go in any order", destroyed_in_any_order,
          "instances-several"},
};

}  // namespace

std::span<const Check> instances_checks() {
  return kChecks;
}

}  // namespace dcc::check

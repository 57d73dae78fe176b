// SPDX-License-Identifier: Apache-2.0
//
// An instance: made or refused, activated, deactivated and destroyed, again and again.
#include <algorithm>
#include <array>
#include <functional>
#include <memory>

#include "check/check.hpp"
#include "check/instance.hpp"
#include "host/one_line.hpp"
#include "host/plugin_text.hpp"

namespace dcc::check {
namespace {

using dcc::host::Setting;
using Settings = std::vector<Setting>;

constexpr int kRounds = 50;

// "8.14.3 serviceD CHFFaultReturn 256, ...": what an instance has registered.
std::string registered(const Instance& instance) {
  std::string text;
  for (const auto& handler : instance.handlers()) {
    text += (text.empty() ? "" : ", ") + handler.info.srv + ' ' + handler.info.endpoint + ' ' +
            handler.info.body_element + ' ' + std::to_string(handler.info.command_variants);
  }
  return text;
}

void expect_same(const Instance& now, const std::string& before, const std::string& when) {
  if (registered(now) == before) return;
  throw Found{fail(when + " the handlers " + registered(now), "as the first time: " + before)};
}

// ---- Single instances

Finding creates(const Subject& subject) {
  const Instance instance(load_entry(subject), host_options(subject, subject.settings));
  return pass();
}

Finding activates(const Subject& subject) {
  return pass(registered(*activated(subject)));
}

Finding repeats(const Subject& subject) {
  const std::string before = registered(*activated(subject));
  for (int round = 1; round < kRounds; ++round) {
    expect_same(*activated(subject), before, "in round " + std::to_string(round + 1));
  }
  return pass(std::to_string(kRounds) + " rounds");
}

Finding never_activated(const Subject& subject) {
  for (int round = 0; round < kRounds; ++round) creates(subject);
  return pass();
}

// A host of a later minor version, whose structures are longer.
Finding newer_host(const Subject& subject) {
  const std::string before = registered(*activated(subject));
  CheckHost::Options options = host_options(subject, subject.settings);
  options.newer = true;
  Instance instance(load_entry(subject), options);
  instance.activate();
  expect_same(instance, before, "with a host of a later minor version");
  return pass();
}

// What the entry says, all of it.
std::string content(const dcc_plugin_entry& entry) {
  std::string all(reinterpret_cast<const char*>(&entry), kEntrySize);
  for (const dcc_str text : {entry.id, entry.version, entry.build}) all += host::text_in(text);
  for (std::uint32_t i = 0; i < entry.required_count; ++i) {
    all.append(reinterpret_cast<const char*>(&entry.required[i]), sizeof(dcc_str));
    all += host::text_in(entry.required[i]);
  }
  return all;
}

Finding is_constant(const Subject& subject) {
  const dcc_plugin_entry& entry = load_entry(subject);
  const std::string before = content(entry);
  activated(subject).reset();
  if (content(entry) == before) return pass();
  return fail("other content after a life of an instance", "an entry that never changes");
}

// ---- Settings that are no settings

struct Attempt {
  std::string name;
  Settings settings;
};

// What no host would pass on as it stands, and a plugin should refuse or pass over.
std::vector<Attempt> attempts(const Subject& subject) {
  const std::string umlauts = "\xc3\xa4\xc3\xb6\xc3\xbc \xe2\x82\xac \xf0\x9f\x98\x80";
  std::vector<Attempt> all = {
      {"no settings", {}},
      {"an unknown section", {{umlauts, umlauts, umlauts}}},
      {"empty texts", {{"", "", ""}}},
      {"a long key", {{"section", std::string(100'000, 'k'), "value"}}},
      {"a long section", {{std::string(100'000, 's'), "key", "value"}}},
  };
  Settings many;
  for (int i = 0; i < 300; ++i) many.push_back({"section", "key " + std::to_string(i), "value"});
  all.push_back({"300 settings", many});

  const auto changed = [&](const std::string& name, const std::function<void(Setting&)>& change) {
    for (std::size_t i = 0; i < subject.settings.size(); ++i) {
      Settings settings = subject.settings;
      change(settings[i]);
      const Setting& was = subject.settings[i];
      all.push_back({name + " for [" + was.section + "] " + was.key, std::move(settings)});
    }
  };
  changed("a nonsense value", [&](Setting& setting) { setting.value = umlauts + umlauts; });
  changed("an empty value", [](Setting& setting) { setting.value.clear(); });
  changed("a long value", [](Setting& setting) { setting.value.append(100'000, 'v'); });
  changed("an unknown key", [](Setting& setting) { setting.key = "no-such-key"; });
  changed("an unknown section", [](Setting& setting) { setting.section = "no-such-section"; });
  if (!subject.settings.empty()) {
    all.push_back({"a setting twice", subject.settings});
    all.back().settings.push_back(subject.settings.front());
  }
  return all;
}

// Creates, and destroys what is made.
Answer try_to_create(const Subject& subject, const Attempt& attempt, std::size_t capacity) {
  const dcc_plugin_entry& entry = load_entry(subject);
  const CheckHost host(host_options(subject, attempt.settings));
  auto untouched = std::make_unique<dcc_plugin>();
  dcc_plugin* out = untouched.get();
  Answer answer = with_error_text(capacity, [&](char* err, std::size_t err_cap) {
    return entry.create(host.face(), &out, err, err_cap);
  });
  if (answer.status != DCC_OK && out != untouched.get()) {
    throw Found{
        fail(attempt.name + ": create refuses and sets *out", "*out is set on DCC_OK only")};
  }
  if (answer.status == DCC_OK) {
    if (out == untouched.get() || out == nullptr || out->size < kPluginSize) {
      throw Found{fail(attempt.name + ": DCC_OK without an instance", "an instance, or a refusal")};
    }
    out->destroy(out);
  }
  return answer;
}

Finding refuses(const Subject& subject) {
  int refused = 0;
  const auto all = attempts(subject);
  for (const Attempt& attempt : all) {
    for (const std::size_t capacity : {1000U, 0U, 1U}) {
      if (try_to_create(subject, attempt, capacity).status != DCC_OK && capacity == 1000) ++refused;
    }
  }
  Attempt octets{"octets that are no UTF-8", subject.settings};
  octets.settings.push_back({"\xff\xfe", "\xc3", std::string("\0\x01\x7f\xed\xa0\x80", 6)});
  try_to_create(subject, octets, 1000);
  return pass(std::to_string(refused) + " of " + std::to_string(all.size()) + " refused");
}

Finding says_why(const Subject& subject) {
  for (const Attempt& attempt : attempts(subject)) {
    for (const std::size_t capacity :
         {1000U, 1U, 2U, 3U, 4U, 5U, 6U, 7U, 8U, 20U, 21U, 22U, 23U, 24U}) {
      const Answer answer = try_to_create(subject, attempt, capacity);
      if (answer.status == DCC_OK) continue;
      const std::string where = attempt.name + ", err_cap " + std::to_string(capacity) + ": '" +
                                host::printable(answer.text) + "'";
      if (!answer.ended) throw Found{fail(where, "a text that ends with a NUL within err_cap")};
      if (!host::is_utf8(answer.text)) throw Found{fail(where, "UTF-8, whole characters")};
      if (capacity == 1000 && answer.text.empty()) {
        throw Found{fail(where, "a text that names section, key, value and what was expected")};
      }
    }
  }
  return pass();
}

// Every SRV is taken: whether activate fails or not, the host destroys the instance.
Finding meets_a_conflict(const Subject& subject) {
  CheckHost::Options options = host_options(subject, subject.settings);
  options.srvs_taken = true;
  for (int round = 0; round < 5; ++round) {
    try {
      Instance instance(load_entry(subject), options);
      instance.activate();
    } catch (const Found&) {  // as it should be: refused
      continue;
    }
  }
  return pass();
}

constexpr std::string_view kActivate = "lifecycle-activate";

constexpr std::array kChecks = {
    Check{"lifecycle-create", "create makes an instance", creates, "entry-create"},
    Check{kActivate, "activate registers handlers that a host accepts", activates,
          "lifecycle-create"},
    Check{"lifecycle-rounds", "create, activate, deactivate, destroy, many times", repeats,
          kActivate},
    Check{"lifecycle-never-activated", "create, destroy", never_activated, "lifecycle-create"},
    Check{"lifecycle-newer-host", "a host of a later minor version", newer_host, kActivate},
    Check{"lifecycle-entry-constant", "entry and texts do not change", is_constant, kActivate},
    Check{"lifecycle-refusal", "settings of every sort: an instance or a refusal", refuses,
          "entry-create"},
    Check{"lifecycle-error-text", "a refusal says why, in UTF-8 and within err_cap", says_why,
          "lifecycle-refusal"},
    Check{"lifecycle-conflict", "the SRVs are taken by another plugin", meets_a_conflict,
          kActivate},
};

}  // namespace

std::span<const Check> lifecycle_checks() {
  return kChecks;
}

}  // namespace dcc::check

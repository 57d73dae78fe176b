// SPDX-License-Identifier: Apache-2.0
//
// Handlers: what they do with requests as a host makes them, and that they survive all others.
#include <array>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "check/check.hpp"
#include "check/child_notes.hpp"
#include "check/instance.hpp"
#include "check/request_generator.hpp"
#include "dcc/response_codes.hpp"
#include "host/one_line.hpp"

namespace dcc::check {
namespace {

using Guard = GivenMemory::Guard;

// One request of many, and how to ask for it.
struct Case {
  const Instance& instance;
  std::uint64_t number;
  const Request request;

  Reply ask(Guard guard = Guard::none) const { return instance.ask(number, request, guard); }
};

// A finding names the request by its SRV and number.
[[noreturn]] void found(const Case& the_case, Finding finding) {
  finding.got = "request " + std::to_string(the_case.number) + " (" +
                the_case.instance.handler_at(the_case.number).info.srv + "): " + finding.got;
  throw Found{std::move(finding)};
}

// Goes through the requests of a kind, or through the one that is asked for.
Finding for_each_request(const Subject& subject, Kind kind,
                         const std::function<void(const Case&)>& judge) {
  const auto instance = activated(subject);
  const auto judge_one = [&](std::uint64_t number) {
    subject.notes->at(number);
    judge({*instance, number,
           generate(kind, subject.seed, number, instance->handler_at(number).info)});
  };
  if (subject.only_request) {
    judge_one(*subject.only_request);
    return pass("request " + std::to_string(*subject.only_request));
  }
  for (std::uint64_t number = 0; number < subject.requests; ++number) judge_one(number);
  return pass(std::to_string(subject.requests) + " requests");
}

// ---- Requests as a host makes them, and every lookup is answered

Finding returns(const Subject& subject) {
  return for_each_request(subject, Kind::valid, [](const Case& the_case) {
    const Reply reply = the_case.ask();
    if (reply.threw) found(the_case, fail(describe(reply), "no exception crosses"));
  });
}

Finding keeps_to_its_memory(const Subject& subject) {
  return for_each_request(subject, Kind::valid,
                          [](const Case& the_case) { the_case.ask(Guard::pages); });
}

// With everything answered there is nothing that a handler could fail of.
Finding status(const Subject& subject) {
  return for_each_request(subject, Kind::valid, [](const Case& the_case) {
    const Reply reply = the_case.ask();
    if (reply.status != DCC_OK) found(the_case, fail(describe(reply), "DCC_OK and an outcome"));
  });
}

Finding outcome(const Subject& subject) {
  return for_each_request(subject, Kind::valid, [](const Case& the_case) {
    const Reply reply = the_case.ask();
    if (reply.status != DCC_OK) return;
    if (!reply.code && !reply.not_valid) {
      found(the_case, fail(describe(reply), "set_code or set_not_valid"));
    }
    if (reply.code && !dcc::is_response_code(*reply.code)) {
      found(the_case, fail(describe(reply), "a response code of the DUIS schema, such as E5"));
    }
  });
}

Finding reason(const Subject& subject) {
  return for_each_request(subject, Kind::valid, [](const Case& the_case) {
    const Reply reply = the_case.ask();
    for (const std::string& text : {reply.reason, reply.not_valid.value_or("-")}) {
      if (host::printable(text, text.size()) == text) continue;
      found(the_case, warn(describe(reply), "reasons in UTF-8 and on one line"));
    }
    if (reply.not_valid == "") {
      found(the_case, warn(describe(reply), "not valid, and why: it is shown to the client"));
    }
  });
}

// The same request and answers, in other places of the memory, give the same reply: at once, and
// after all others.
Finding pure(const Subject& subject) {
  std::vector<Reply> first;
  const auto compare = [&](const Case& the_case, const Reply& before, const std::string& when) {
    const Reply now = the_case.ask();
    if (now == before) return;
    found(the_case, fail(when + ": " + describe(now), "as the first time: " + describe(before)));
  };
  for_each_request(subject, Kind::valid, [&](const Case& the_case) {
    first.push_back(the_case.ask());
    compare(the_case, first.back(), "asked again");
  });
  std::size_t i = 0;
  return for_each_request(subject, Kind::valid, [&](const Case& the_case) {
    compare(the_case, first[i++], "asked again by another instance");
  });
}

Finding uses_the_host_well(const Subject& subject) {
  for (const Kind kind : {Kind::valid, Kind::lookups}) {
    for_each_request(subject, kind, [](const Case& the_case) {
      the_case.ask();
      const auto all = misuses();
      if (all.empty()) return;
      found(the_case, fail(all.begin()->what, "host functions used as dcc/plugin.h says"));
    });
  }
  return pass();
}

// A lookup that failed says nothing about the device or the agent: to accept is to guess.
Finding fails_closed(const Subject& subject) {
  return for_each_request(subject, Kind::lookups, [](const Case& the_case) {
    const Reply reply = the_case.ask();
    if (reply.failures.empty() || reply.status != DCC_OK || !reply.code) return;
    if (reply.code->starts_with('E')) return;
    found(the_case,
          fail("a lookup failed with " + *reply.failures.begin() + ", and then: " + describe(reply),
               "a failure status or an error code"));
  });
}

// A host that has yet to find out a fact says DCC_UNAVAILABLE and calls again when it knows: what
// the handler was not told must leave no trace.
Finding asks(const Subject& subject) {
  return for_each_request(subject, Kind::valid, [](const Case& the_case) {
    const Reply told = the_case.ask();
    for (std::size_t i = 0; i < told.lookups.size(); ++i) {
      Request withheld = the_case.request;
      withheld.answers.withheld = i;
      const Reply not_told = the_case.instance.ask(the_case.number, withheld);
      if (not_told.threw) found(the_case, fail(describe(not_told), "no exception crosses"));
      if (not_told.logged_unknown) {
        found(the_case, fail("logged, though not told " + told.lookups[i], "no line in the log"));
      }
      const Reply now = the_case.ask();
      if (now == told) continue;
      found(the_case, fail("after it was not told " + told.lookups[i] + ": " + describe(now),
                           "as without that: " + describe(told)));
    }
  });
}

// ---- Requests that no good host makes, and some that it might

template <Kind kind>
Finding survives(const Subject& subject) {
  return for_each_request(subject, kind, [](const Case& the_case) {
    const Reply reply = the_case.ask(Guard::pages);
    if (reply.threw) found(the_case, fail(describe(reply), "no exception crosses"));
  });
}

constexpr std::string_view kReturns = "handler-returns";
constexpr std::string_view kMemory = "handler-memory";

constexpr std::array kChecks = {
    Check{kReturns, "each valid request is decided, in time", returns, "lifecycle-activate"},
    Check{kMemory, "reads what it is given and while it is, writes nothing of it",
          keeps_to_its_memory, kReturns},
    Check{"handler-status", "a valid request, all lookups answered: DCC_OK", status, kReturns},
    Check{"handler-outcome", "with DCC_OK a code of the DUIS schema is set, or not-valid", outcome,
          kReturns},
    Check{"handler-reason", "reasons are text on one line", reason, kReturns, Verdict::warn},
    Check{"handler-pure", "same request, same answers: same outcome", pure, kReturns},
    Check{"handler-asks", "each fact withheld in turn, and then told: same outcome", asks,
          kReturns},
    Check{"requests-lookups", "lookups that fail, strange types and statuses",
          survives<Kind::lookups>, kMemory},
    Check{"handler-host-calls", "host functions are used as the contract says, no [control] ones",
          uses_the_host_well, "requests-lookups"},
    Check{"handler-fails-closed", "nothing is accepted on a lookup that failed", fails_closed,
          "requests-lookups"},
    Check{"requests-roles", "User Roles that nobody knows", survives<Kind::roles>, kMemory},
    Check{"requests-empty-strings", "empty texts, their data null", survives<Kind::empty_strings>,
          kMemory},
    Check{"requests-missing-items", "leaves of the body are missing", survives<Kind::missing_items>,
          kMemory},
    Check{"requests-duplicate-items", "leaves twice, in another order, below another path",
          survives<Kind::duplicate_items>, kMemory},
    Check{"requests-long-values", "values of up to a mebioctet", survives<Kind::long_values>,
          kMemory},
    Check{"requests-octets", "short and garbled values: NULs, controls, no UTF-8",
          survives<Kind::octets>, kMemory},
    Check{"requests-numbers", "extreme numbers and times", survives<Kind::numbers>, kMemory},
    Check{"requests-many-items", "thousands of leaves", survives<Kind::many_items>, kMemory},
    Check{"requests-newer", "a longer request, of a later minor version",
          survives<Kind::newer_request>, kMemory},
    Check{"requests-short", "a request shorter than that of 1.0, which no host makes",
          survives<Kind::short_request>, kMemory, Verdict::warn},
    Check{"requests-mixed", "several of these at once", survives<Kind::mixed>, kMemory},
};

}  // namespace

std::span<const Check> handler_checks() {
  return kChecks;
}

}  // namespace dcc::check

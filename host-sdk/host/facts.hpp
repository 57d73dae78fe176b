// SPDX-License-Identifier: Apache-2.0
//
// What a decision rests on, as data: questions, their answers, and which of them were used. A fact
// is a question (a kind and its key), the answer, and the revision that the answer rests on. What
// has no answer yet is unknown, never "no" and never "yes": a handler that needs it makes the
// decision ask, the caller finds the answer wherever it keeps such things, and decides again.
// Plain values; one thread at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dcc::host {

// The kinds that the contract's own services ask for, and the names of their values.
inline constexpr std::string_view kUserFact = "dcc.user";            // role, status
inline constexpr std::string_view kDeviceFact = "dcc.device";        // type, status
inline constexpr std::string_view kActsFact = "dcc.acts";            // acts: yes or no
inline constexpr std::string_view kActsForAnyFact = "dcc.acts-any";  // likewise

// The key of such a fact, without the heap: EUI-64s as DUIS spells them, days as 2026-11-05.
class FactKey {
 public:
  operator std::string_view() const { return {text_.data(), size_}; }
  void append(std::string_view text);

 private:
  std::array<char, 60> text_{};
  std::size_t size_ = 0;
};

// Of a User or a Device.
FactKey eui_key(std::uint64_t id);
// "AGENT DEVICE DAY" and, for any Supplier, "AGENT DAY". `at`: Unix time in milliseconds, of which
// the UTC day counts; nothing for a time outside the years 1 to 9999.
std::optional<FactKey> acts_key(std::uint64_t agent_id, std::uint64_t device_id, std::int64_t at);
std::optional<FactKey> acts_for_any_key(std::uint64_t agent_id, std::int64_t at);

// The same keys, read; nothing if the text is none.
std::optional<std::uint64_t> parse_eui_key(std::string_view key);
struct Relation {
  std::uint64_t agent = 0;
  std::uint64_t device = 0;  // not of a key for any Supplier
  std::string_view day;      // part of the key
};
std::optional<Relation> parse_acts_key(std::string_view key);
std::optional<Relation> parse_acts_for_any_key(std::string_view key);

struct Fact {
  struct Value {
    std::string name;
    std::string value;
    bool operator==(const Value&) const = default;
  };
  enum class State {
    asked,        // not answered yet
    there,        // `values` say it
    not_there,    // there is no such User, device, ...
    unavailable,  // cannot be answered now, `why` says the reason
  };

  std::string kind;
  std::string key;
  State state = State::asked;
  std::vector<Value> values;
  std::int64_t revision = 0;  // rises with every change of the answer; of what is not there, too
  std::string why;            // one line
  bool used = false;          // by the last decision

  void is_there(std::vector<Value> what, std::int64_t at_revision);
  void is_not_there(std::int64_t at_revision);
  void is_unavailable(std::string reason);

  // The value of this name, if the fact is there and has it.
  std::optional<std::string_view> value(std::string_view name) const;
  bool same_answer(const Fact& other) const {
    return state == other.state && values == other.values;
  }
};

// The facts of one request, from its first decision to its commit.
class Facts {
 public:
  // The fact of this question; new ones are `asked`. References live until the next call.
  Fact& ask(std::string_view kind, std::string_view key);
  // Null: nobody has asked.
  Fact* find(std::string_view kind, std::string_view key);

  std::vector<Fact>& all() { return facts_; }
  const std::vector<Fact>& all() const { return facts_; }

  // How many decisions have asked so far.
  int rounds = 0;

 private:
  std::vector<Fact> facts_;
};

}  // namespace dcc::host

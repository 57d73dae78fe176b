// SPDX-License-Identifier: Apache-2.0
//
// A message to dcch_decide(), as its comment in dcc/host.h describes it: a request, and the facts
// that go with it. One thread at a time.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dcc/plugin.h"
#include "foreign/json_tree.hpp"
#include "foreign/members.hpp"
#include "host/facts.hpp"

namespace dcc::foreign {

inline constexpr std::size_t kMaxItemPath = 1000;  // in octets

// How a fact of this kind and key is told: by the member of a message that knows the kind, or, if
// none can say it, among "facts".
enum class Told { user, device, acts, fact };
Told how_told(std::string_view kind, std::string_view key, const dcc_request& request);

// The time, in milliseconds, that stands for the day of a relation's key: of the request, if it is
// that day's. Nothing: it is no day.
std::optional<std::int64_t> time_of(const host::Relation& relation, const dcc_request& request);

class Message {
 public:
  // `json`, with its text, must outlive this. `fact_kinds`: what "facts" may tell beside what no
  // other member can. BadInput: it is not such a message.
  Message(const Json& json, std::span<const std::string> fact_kinds);
  Message(const Message&) = delete;
  Message& operator=(const Message&) = delete;

  dcc_request request{};
  std::string_view endpoint;
  std::optional<std::string_view> unavailable;
  host::Facts facts;

  // The fact of this place in `facts` as it was given; null: it was not.
  struct Given {
    Told told = Told::fact;
    std::size_t index = 0;  // in its array or object
    const Json* json = nullptr;
  };
  const Given* given(std::size_t index) const {
    return index < given_.size() ? &given_[index] : nullptr;
  }

 private:
  class Reader;

  std::vector<dcc_item> items_;
  std::vector<Given> given_;
};

}  // namespace dcc::foreign

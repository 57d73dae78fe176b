// SPDX-License-Identifier: Apache-2.0
//
// A request with all that a host would answer while a handler decides it. A plain value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "check/given_memory.hpp"
#include "dcc/plugin.h"

namespace dcc::check {

// Answers to a handler's lookups, whatever it asks for.
struct Answers {
  struct Acts {
    dcc_status status = DCC_OK;
    std::int32_t answer = DCC_YES;
  };
  struct Value {
    Text name;
    Text value;
  };

  dcc_status device = DCC_OK;
  Text type = "CHF";
  Text status = "Pending";
  Acts acts_for_orderer;
  Acts acts_for_any;
  dcc_status fact = DCC_OK;
  std::uint64_t choice = 0;  // of the values that a kind of facts may have
  // The lookup, counted from 0, that is answered DCC_UNAVAILABLE: the host does not know yet.
  std::optional<std::size_t> withheld;
};

struct Request {
  struct Item {
    Text path;
    Text value;
  };

  std::uint32_t size = sizeof(dcc_request);  // larger: unknown fields follow; smaller: cut off
  std::uint32_t command_variant = 8;
  std::uint64_t originator = 0;
  std::uint64_t target = 0;
  std::uint64_t counter = 1;
  Text srv;
  Text service_reference;
  Text user_role;
  Text body_element;
  std::vector<Item> items;
  Text canonical;
  std::int64_t received_at = 0;
  std::int64_t deadline = 0;

  Answers answers;
};

// Puts the request where a plugin may read it, and nothing else; valid as long as `memory`.
const dcc_request* place(const Request& request, GivenMemory& memory);

}  // namespace dcc::check

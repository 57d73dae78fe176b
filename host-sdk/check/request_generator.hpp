// SPDX-License-Identifier: Apache-2.0
//
// Requests for a handler, made from a seed: the same on every machine, each for itself, so that
// one of many can be made again alone. Pure; safe from any thread.
#pragma once

#include <cstdint>

#include "check/request.hpp"
#include "host/handler.hpp"

namespace dcc::check {

// What is hostile about a request; all else in it is as a host would have it.
enum class Kind {
  valid,            // nothing, and every lookup is answered
  lookups,          // lookups that fail, in known ways and others; strange types and statuses
  roles,            // User Roles that nobody knows
  empty_strings,    // empty texts, their data null
  missing_items,    // leaves that the schema demands are not there
  duplicate_items,  // leaves that are there twice, in another order, below another path
  long_values,      // values up to a mebioctet
  octets,           // controls, NULs, what is no UTF-8
  numbers,          // the extremes of every number
  many_items,       // thousands of leaves
  newer_request,    // a longer structure of a later minor version
  short_request,    // a structure that is shorter than the first published one
  mixed,            // some of the above except the last, at once
};

// `number` counts the requests of a kind. The SRVs 8.14.3 and 8.14.4 get the body that the DUIS
// schema gives them, others one with a DeviceID and some usual leaves.
Request generate(Kind kind, std::uint64_t seed, std::uint64_t number,
                 const dcc::host::Handler::Info& handler);

}  // namespace dcc::check

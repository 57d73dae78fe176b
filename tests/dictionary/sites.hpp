// SPDX-License-Identifier: Apache-2.0
//
// Outcomes as a dictionary is trained on them: of hosts that share nothing but the program. Each
// has its own control broker, Users, keys, hubs and orders, all at random, and is sent requests of
// both SRVs by all roles, most of them acceptable, as it is with real ones.
#pragma once

#include <cstddef>
#include <random>
#include <string>
#include <vector>

namespace dictionary {

// What a Packing compresses (append_plain) of all outcomes of one more host after `requests`.
std::vector<std::string> outcomes_of_a_site(std::mt19937_64& random, std::size_t requests);

}  // namespace dictionary

// SPDX-License-Identifier: Apache-2.0
//
// The parts of an outcome that are stored as JSON text: the body's items and the basis. Reading
// throws std::exception for text that the writing functions would not have made. Safe from any
// thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "store/store.hpp"

namespace sample {

// [["path","value"], ...]
std::string items_to_json(const std::vector<Item>& items);
std::vector<Item> items_from_json(std::string_view text);

// {"user":{"role":...,"status":...}|null,
//  "devices":[{"id":"90-B3-...","revision":n|null}, ...],"relations":n|null}
std::string basis_to_json(const Basis& basis);
Basis basis_from_json(std::string_view text);

}  // namespace sample

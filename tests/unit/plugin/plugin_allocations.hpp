// SPDX-License-Identifier: Apache-2.0
//
// How often the code of one shared object has asked for memory: its source stands before malloc in
// the program that it is linked into. Not for programs with a sanitizer, which do so themselves.
#pragma once

#include <cstddef>

namespace allocations {

// Counts from 0 those that the object asks for whose data or code this is an address of.
void count_those_of(const void* in_object);
std::size_t counted();

}  // namespace allocations

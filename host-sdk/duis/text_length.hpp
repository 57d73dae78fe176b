// SPDX-License-Identifier: Apache-2.0
//
// Private to the duis room. XML Schema (part 2, 4.3.1 to 4.3.3) measures text in characters,
// Xerces-C++ in units of UTF-16, by which a character beyond U+FFFF is two.
#pragma once

namespace dcc::duis {

// Makes length, minLength and maxLength of all schemas that are compiled from now on count
// characters. Called once, after Xerces-C++ is there and before another thread uses it.
void measure_text_in_characters();

}  // namespace dcc::duis

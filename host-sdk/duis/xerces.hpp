// SPDX-License-Identifier: Apache-2.0
//
// Private to the duis room: Xerces-C++ brought up once and cut off from the network, and its UTF-16
// turned into UTF-8.
#pragma once

#include <string>
#include <string_view>
#include <xercesc/util/XercesDefs.hpp>

namespace dcc::duis {

// Initialises Xerces-C++ for the process on first use and removes its network access, because a
// schema or a message may name documents on the web (the XML-Signature schema does). Any thread.
void use_xerces();

// Appends UTF-16 text as UTF-8.
void append_utf8(std::string& out, std::basic_string_view<XMLCh> text);
std::string utf8(const XMLCh* text);

}  // namespace dcc::duis

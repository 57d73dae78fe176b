// SPDX-License-Identifier: Apache-2.0
#include "duis/xerces.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <numeric>
#include <xercesc/util/PlatformUtils.hpp>
#include <xercesc/util/XMLException.hpp>
#include <xercesc/util/XMLNetAccessor.hpp>
#include <xercesc/validators/datatype/DatatypeValidatorFactory.hpp>

#include "duis/text_length.hpp"

namespace dcc::duis {
namespace {

// How many ASCII characters it begins with.
std::size_t ascii_run(std::basic_string_view<XMLCh> text) {
  // Mostly all: seen without a branch for each.
  if (std::accumulate(text.begin(), text.end(), XMLCh{0}, std::bit_or<XMLCh>()) < 0x80)
    return text.size();
  const auto beyond = std::find_if(text.begin(), text.end(), [](XMLCh c) { return c >= 0x80; });
  return static_cast<std::size_t>(beyond - text.begin());
}

// Appends the first character, which is not ASCII; returns how many units it took.
std::size_t append_one(std::string& out, std::basic_string_view<XMLCh> text) {
  const auto put = [&out](std::uint32_t octet) { out.push_back(static_cast<char>(octet)); };
  std::uint32_t c = text[0];
  if (c < 0x800) {
    put(0xC0 | c >> 6);
    put(0x80 | (c & 0x3F));
    return 1;
  }
  const bool pair = c >= 0xD800 && c < 0xDC00 && text.size() > 1;
  if (pair) {
    c = 0x10000 + ((c - 0xD800) << 10) + (std::uint32_t{text[1]} - 0xDC00);
    put(0xF0 | c >> 18);
    put(0x80 | (c >> 12 & 0x3F));
  } else {
    put(0xE0 | c >> 12);
  }
  put(0x80 | (c >> 6 & 0x3F));
  put(0x80 | (c & 0x3F));
  return pair ? 2 : 1;
}

// The types that XML Schema defines itself are shared by all grammars, and Xerces-C++ completes
// their regular expressions when they first meet a value, without a lock (see grammars.hpp). There
// are three: of NMTOKEN, of the integers and of language. These values lead through all of each.
void complete_built_in_types() {
  auto* const types = xercesc::DatatypeValidatorFactory::getBuiltInRegistry();
  xercesc::RefHashTableOfEnumerator<xercesc::DatatypeValidator> each(types);
  while (each.hasMoreElements()) {
    xercesc::DatatypeValidator& type = each.nextElement();
    for (const XMLCh* value : {u"+1", u"1", u"a-1"}) {
      try {
        type.validate(value);
      } catch (const xercesc::XMLException&) {
        // Not a value of this type.
      }
    }
  }
}

}  // namespace

void use_xerces() {
  // Never terminated: parsers and schemas may outlive every scope that could own it.
  static const bool ready = [] {
    xercesc::XMLPlatformUtils::Initialize();
    delete xercesc::XMLPlatformUtils::fgNetAccessor;
    xercesc::XMLPlatformUtils::fgNetAccessor = nullptr;
    measure_text_in_characters();
    complete_built_in_types();
    return true;
  }();
  static_cast<void>(ready);
}

void append_utf8(std::string& out, std::basic_string_view<XMLCh> text) {
  while (!text.empty()) {
    // Nearly all of a message is ASCII: copied a run at a time.
    const std::size_t run = ascii_run(text);
    const std::size_t at = out.size();
    out.resize(at + run);
    std::transform(text.begin(), text.begin() + run, out.begin() + static_cast<std::ptrdiff_t>(at),
                   [](XMLCh c) { return static_cast<char>(c); });
    text.remove_prefix(run);
    if (!text.empty()) text.remove_prefix(append_one(out, text));
  }
}

std::string utf8(const XMLCh* text) {
  std::string out;
  if (text != nullptr) append_utf8(out, text);
  return out;
}

}  // namespace dcc::duis

// SPDX-License-Identifier: Apache-2.0
//
// The one XML signature that DUIS knows. The Signature element is checked, event by event, against
// a fixed list of elements; anything that is not exactly it is refused. That leaves no room for
// the usual attacks on XML signatures: no further reference, transform, object, key or algorithm.
// One object serves one thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "duis/canonical.hpp"

namespace dcc::duis {

inline constexpr std::string_view kSignatureNamespace = "http://www.w3.org/2000/09/xmldsig#";

// A tag as it is said of a message: "ds:Reference URI="#x"".
std::string text(const StartTag& tag);

class SignatureProfile {
 public:
  // The texts that the profile leaves open, as they stand in the message.
  struct Values {
    std::string digest;         // base64
    std::string signature;      // base64, may hold line breaks
    std::string issuer_name;    // a distinguished name
    std::string serial_number;  // decimal
  };

  void clear();
  // Events within Signature, its own tag first. Each says whether the profile still holds.
  [[nodiscard]] bool start_element(const StartTag& tag);
  [[nodiscard]] bool end_element();
  [[nodiscard]] bool text(std::string_view characters);
  // All elements have been seen.
  bool complete() const;
  // What the profile expects next, for the message when it does not hold.
  std::string expected() const;
  const Values& values() const { return values_; }

 private:
  std::size_t next_ = 0;   // the element that must open next
  std::size_t depth_ = 0;  // open elements
  Values values_;
  std::string* open_value_ = nullptr;  // where the text goes now; null: only whitespace may stand
};

}  // namespace dcc::duis

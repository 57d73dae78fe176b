// SPDX-License-Identifier: Apache-2.0
//
// What libxml2 makes of a document: both canonical forms of the DUIS signature profile, and the
// texts of the body's leaves. Another parser and another canonicaliser, to compare ours with. One
// thread at a time.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace interop {

struct Canonical {
  std::string document;             // inclusive, of the document without the Signature
  std::string signed_info;          // exclusive; empty: no Signature
  std::vector<std::string> leaves;  // texts of the leaves below Body's child, not collapsed
};

// Why libxml2 has no answer.
enum class NoAnswer {
  none,
  not_well_formed,
  no_canonical_form,
  namespace_is_no_uri,  // the same, and a namespace name is not what libxml2 takes for a URI
};

// Nothing: `why` says why.
std::optional<Canonical> canonicalise(std::string_view octets, NoAnswer& why);

}  // namespace interop

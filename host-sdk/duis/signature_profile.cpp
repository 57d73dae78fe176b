// SPDX-License-Identifier: Apache-2.0
#include "duis/signature_profile.hpp"

#include <iterator>

namespace dcc::duis {
namespace {

using Values = SignatureProfile::Values;

struct Element {
  std::size_t depth;
  std::string_view name;
  std::string_view attribute = {};  // the only one; empty: none
  std::string_view attribute_value = {};
  std::string Values::*text = nullptr;  // where its text goes
};

// In document order. The reference has no C14N transform, so XML-DSig's default holds for it:
// inclusive C14N 1.0. SignedInfo itself is canonicalised exclusively.
constexpr Element kProfile[] = {
    {0, "Signature"},
    {1, "SignedInfo"},
    {2, "CanonicalizationMethod", "Algorithm", "http://www.w3.org/2001/10/xml-exc-c14n#"},
    {2, "SignatureMethod", "Algorithm", "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"},
    {2, "Reference", "URI", ""},
    {3, "Transforms"},
    {4, "Transform", "Algorithm", "http://www.w3.org/2000/09/xmldsig#enveloped-signature"},
    {3, "DigestMethod", "Algorithm", "http://www.w3.org/2001/04/xmlenc#sha256"},
    {3, "DigestValue", {}, {}, &Values::digest},
    {1, "SignatureValue", {}, {}, &Values::signature},
    {1, "KeyInfo"},
    {2, "X509Data"},
    {3, "X509IssuerSerial"},
    {4, "X509IssuerName", {}, {}, &Values::issuer_name},
    {4, "X509SerialNumber", {}, {}, &Values::serial_number},
};

bool attributes_match(const Element& element, const StartTag& tag) {
  if (element.attribute.empty()) return tag.attributes.empty();
  return tag.attributes.size() == 1 && tag.attributes[0].qualified_name == element.attribute &&
         tag.attributes[0].value == element.attribute_value;
}

}  // namespace

std::string text(const StartTag& tag) {
  std::string text = tag.qualified_name;
  for (const auto& attribute : tag.attributes)
    text.append(" ").append(attribute.qualified_name) += "=\"" + attribute.value + '"';
  return text;
}

void SignatureProfile::clear() {
  next_ = 0;
  depth_ = 0;
  open_value_ = nullptr;
  for (const Element& element : kProfile)
    if (element.text != nullptr) (values_.*element.text).clear();
}

bool SignatureProfile::start_element(const StartTag& tag) {
  if (next_ == std::size(kProfile)) return false;
  const Element& element = kProfile[next_];
  if (tag.namespace_name != kSignatureNamespace || tag.local_name != element.name ||
      depth_ != element.depth || !attributes_match(element, tag))
    return false;
  ++next_;
  ++depth_;
  open_value_ = element.text != nullptr ? &(values_.*element.text) : nullptr;
  return true;
}

bool SignatureProfile::end_element() {
  --depth_;
  open_value_ = nullptr;
  // An element closes only when all that belongs in it has been seen.
  return next_ == std::size(kProfile) || kProfile[next_].depth <= depth_;
}

bool SignatureProfile::text(std::string_view characters) {
  if (open_value_ != nullptr) {
    open_value_->append(characters);
    return true;
  }
  return characters.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

bool SignatureProfile::complete() const {
  return next_ == std::size(kProfile);
}

std::string SignatureProfile::expected() const {
  if (complete()) return "the end of the Signature";
  const Element& element = kProfile[next_];
  std::string text(element.name);
  if (element.attribute.empty()) return text + " without attributes";
  text.append(" ").append(element.attribute).append("=\"").append(element.attribute_value) += '"';
  return text;
}

}  // namespace dcc::duis

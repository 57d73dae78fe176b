// SPDX-License-Identifier: Apache-2.0
//
// Distinguished names as text. An X509IssuerName is spelled differently by every tool, so names are
// compared parsed: `CN=Z1,OU=07`, `CN=Z1, OU=07` and `OU=07, CN=Z1` are one name. Values; safe from
// any thread.
#pragma once

#include <openssl/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "duis/openssl.hpp"

namespace dcc::duis {

class DistinguishedName {
 public:
  // RFC 4514, RFC 2253, RFC 1779 and what tools make of them: keywords in any case and by the names
  // that Java, .NET, Bouncy Castle and OpenSSL have for them, an `OID.` prefix, spaces around
  // separators, `;` for `,`, quoted values, quotation marks doubled and backslashes that stand for
  // themselves as .NET writes them. Nothing, if it cannot be understood or is longer than any real
  // name.
  static std::optional<DistinguishedName> parse(std::string_view text);

  // Whether a certificate's name is this one, as X.500 compares (case and runs of spaces do not
  // count). RFC 4514 writes the most specific part first, but tools also write a name in the
  // order in which the certificate holds it: either matches, and so does either meaning of a
  // backslash.
  bool is(const X509_NAME* name) const;

  // As a certificate holds it, if the text was in RFC 4514's order.
  const X509_NAME* x509() const { return readings_.front().get(); }

 private:
  explicit DistinguishedName(std::vector<NamePtr> readings);
  std::vector<NamePtr> readings_;  // RFC 4514's first; at least one
};

// As RFC 4514 writes it: "CN=Z1,OU=07". UTF-8.
std::string rfc4514(const X509_NAME* name);

// The spellings of a name that tools commonly use, RFC 4514's first.
std::vector<std::string> common_spellings(const X509_NAME* name);

}  // namespace dcc::duis

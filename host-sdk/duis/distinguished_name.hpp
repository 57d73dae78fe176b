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
  // RFC 4514, RFC 2253 and what older tools write: spaces around separators, `;` for `,`, quoted
  // values, an `OID.` prefix. Nothing, if it cannot be understood or is longer than any real name.
  static std::optional<DistinguishedName> parse(std::string_view text);

  // Whether a certificate's name is this one, as X.500 compares (case and runs of spaces do not
  // count). RFC 4514 writes the most specific part first, but tools also write a name in the
  // order in which the certificate holds it: either matches.
  bool is(const X509_NAME* name) const;

  // As a certificate holds it, if the text was in RFC 4514's order.
  const X509_NAME* x509() const { return reversed_.get(); }

 private:
  DistinguishedName(NamePtr as_written, NamePtr reversed);
  NamePtr as_written_;
  NamePtr reversed_;
};

// As RFC 4514 writes it: "CN=Z1,OU=07". UTF-8.
std::string rfc4514(const X509_NAME* name);

// The spellings of a name that tools commonly use, RFC 4514's first.
std::vector<std::string> common_spellings(const X509_NAME* name);

}  // namespace dcc::duis

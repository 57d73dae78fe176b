// SPDX-License-Identifier: Apache-2.0
//
// A DUIS message as its reader sees it, and why one was not read. Plain values and views.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "duis/identifiers.hpp"

namespace dcc::duis {

inline constexpr std::string_view kDuisNamespace =
    "http://www.dccinterface.co.uk/ServiceUserGateway";

// A leaf element: local names joined by '/', and the text with the whitespace treatment
// (preserve, replace, collapse) of its schema type.
struct Item {
  std::string_view path;
  std::string_view value;
};

// The texts of the Signature element, as they stand in the message, and the canonical SignedInfo.
struct SignatureParts {
  std::string_view signed_info;  // exclusive C14N: the octets that were signed
  std::string_view digest;       // base64 of the digest of Message::canonical
  std::string_view value;        // base64 of r||s, may hold line breaks
  std::string_view issuer_name;  // names the signer's certificate, together with ...
  std::string_view serial_number;
};

// A message that is well-formed and valid, as a Reader gives it. All views belong to the Reader and
// live until its next read().
struct Message {
  enum class Kind { request, response };

  Kind kind = Kind::request;
  std::string_view schema_version;  // xs:decimal, as written, collapsed
  // Header. Of a request, all of these, each from one element; of a response, request_id (if it has
  // one), response_code and response_time, and the two references from its body.
  std::optional<RequestId> request_id;
  std::string_view request_id_text;  // as written, collapsed: what a response repeats
  unsigned command_variant = 0;      // 1..9
  std::string_view service_reference;
  std::string_view service_reference_variant;
  std::string_view response_code;
  std::string_view response_time;

  std::string_view body_element;   // local name of Body's child
  std::span<const Item> items;     // leaves below that, in document order
  std::optional<Eui64> device_id;  // the body's DeviceID, if it has one

  // Inclusive C14N of the document without its Signature: the octets that were digested. The
  // document element begins at root_begin, its end tag at root_end_tag.
  std::string_view canonical;
  std::size_t root_begin = 0;
  std::size_t root_end_tag = 0;

  std::optional<SignatureParts> signature;  // nothing: the message has no Signature
};

// Why a message was not read.
struct Refusal {
  enum class Kind {
    malformed,  // not well-formed, not valid, or uses what DUIS messages must not (such as a DTD)
    signature,  // the Signature is not of the DUIS profile
  };
  Kind kind = Kind::malformed;
  std::string text;  // one line; names line and column where there are such
};

}  // namespace dcc::duis

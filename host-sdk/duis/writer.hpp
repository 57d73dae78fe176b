// SPDX-License-Identifier: Apache-2.0
//
// Writes DUIS messages: compact canonical text, spliced together, so that what is digested is what
// is sent and no serialiser stands between. Safe from any thread.
//
// A "root" below is the inclusive C14N text of a document element, without the XML declaration.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "duis/credentials.hpp"

namespace dcc::duis {

// xs:dateTime in UTC with milliseconds: "2026-11-24T03:05:42.123Z".
std::string date_time(std::int64_t unix_milliseconds);

struct ResponseFields {
  std::string_view schema_version;
  std::string_view request_id;
  std::string_view code;
  std::int64_t response_time = 0;  // Unix milliseconds
  std::string_view service_reference;
  std::string_view srv;
};

struct RequestFields {
  std::string schema_version = "5.4";
  std::string request_id;
  unsigned command_variant = 8;
  std::string service_reference;
  std::string srv;
  std::string body_element;
  std::vector<std::pair<std::string, std::string>> items;  // element of the body and its text
};

std::string response_root(const ResponseFields& fields);
std::string request_root(const RequestFields& fields);

// The document: signed in the DUIS profile, the Signature being the root's last child.
std::string sign_document(std::string_view root, const Signer& signer);
std::string unsigned_document(std::string_view root);

// The response, signed if there is a signer.
std::string response_document(const ResponseFields& fields, const Signer* signer);

// A root without the white space between its elements. The text of a leaf is kept, even if it is
// nothing but white space.
std::string compact(std::string_view root);

}  // namespace dcc::duis

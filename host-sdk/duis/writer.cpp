// SPDX-License-Identifier: Apache-2.0
#include "duis/writer.hpp"

#include <array>
#include <chrono>
#include <cstdio>

#include "duis/canonical.hpp"

namespace dcc::duis {
namespace {

constexpr std::string_view kDeclaration = R"(<?xml version="1.0" encoding="UTF-8"?>)";

// SignedInfo up to the digest and after it. In exclusive C14N the element declares its own prefix,
// whatever stands around it, so these very octets are signed and sent.
constexpr std::string_view kSignedInfoBegin =
    R"(<ds:SignedInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#">)"
    R"(<ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#">)"
    R"(</ds:CanonicalizationMethod>)"
    R"(<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256">)"
    R"(</ds:SignatureMethod>)"
    R"(<ds:Reference URI="">)"
    R"(<ds:Transforms>)"
    R"(<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature">)"
    R"(</ds:Transform>)"
    R"(</ds:Transforms>)"
    R"(<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"></ds:DigestMethod>)"
    R"(<ds:DigestValue>)";
constexpr std::string_view kSignedInfoEnd = R"(</ds:DigestValue></ds:Reference></ds:SignedInfo>)";

void append_element(std::string& out, std::string_view name, std::string_view text) {
  out.append("<").append(name).append(">");
  append_canonical_text(out, text);
  out.append("</").append(name).append(">");
}

// <sr:NAME ...>: the start tag of the document element.
std::string begin_root(std::string_view name, std::string_view schema_version) {
  std::string out;
  out.reserve(1024);
  out.append("<").append(name);
  out.append(R"( xmlns:sr="http://www.dccinterface.co.uk/ServiceUserGateway" schemaVersion=")");
  append_canonical_attribute(out, schema_version);
  out.append("\">");
  return out;
}

std::string signature_element(std::string_view root, const Signer& signer) {
  std::string signed_info(kSignedInfoBegin);
  signed_info.append(base64_encode(sha256(root))).append(kSignedInfoEnd);

  std::string out = R"(<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#">)";
  out.append(signed_info);
  append_element(out, "ds:SignatureValue", base64_encode(signer.sign(signed_info)));
  out.append("<ds:KeyInfo><ds:X509Data><ds:X509IssuerSerial>");
  append_element(out, "ds:X509IssuerName", signer.certificate().issuer());
  append_element(out, "ds:X509SerialNumber", signer.certificate().serial());
  out.append("</ds:X509IssuerSerial></ds:X509Data></ds:KeyInfo></ds:Signature>");
  return out;
}

bool is_white(std::string_view text) {
  return text.find_first_not_of(" \t\n") == std::string_view::npos;
}

}  // namespace

std::string date_time(std::int64_t unix_milliseconds) {
  using std::chrono::floor;
  const std::chrono::sys_time<std::chrono::milliseconds> time{
      std::chrono::milliseconds(unix_milliseconds)};
  const auto day = floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()),
                static_cast<int>(clock.subseconds().count()));
  return text.data();
}

std::string response_root(const ResponseFields& fields) {
  std::string out = begin_root("sr:Response", fields.schema_version);
  out.append("<sr:Header>");
  append_element(out, "sr:RequestID", fields.request_id);
  append_element(out, "sr:ResponseCode", fields.code);
  append_element(out, "sr:ResponseDateTime", date_time(fields.response_time));
  out.append("</sr:Header><sr:Body><sr:ResponseMessage>");
  append_element(out, "sr:ServiceReference", fields.service_reference);
  append_element(out, "sr:ServiceReferenceVariant", fields.srv);
  out.append("</sr:ResponseMessage></sr:Body></sr:Response>");
  return out;
}

std::string request_root(const RequestFields& fields) {
  std::string out = begin_root("sr:Request", fields.schema_version);
  out.append("<sr:Header>");
  append_element(out, "sr:RequestID", fields.request_id);
  append_element(out, "sr:CommandVariant", std::to_string(fields.command_variant));
  append_element(out, "sr:ServiceReference", fields.service_reference);
  append_element(out, "sr:ServiceReferenceVariant", fields.srv);
  out.append("</sr:Header><sr:Body><sr:").append(fields.body_element).append(">");
  for (const auto& [element, text] : fields.items) append_element(out, "sr:" + element, text);
  out.append("</sr:").append(fields.body_element).append("></sr:Body></sr:Request>");
  return out;
}

std::string sign_document(std::string_view root, const Signer& signer) {
  const std::size_t end_tag = root.rfind("</");
  std::string document(kDeclaration);
  document.append(root.substr(0, end_tag));
  document.append(signature_element(root, signer));
  document.append(root.substr(end_tag));
  return document;
}

std::string unsigned_document(std::string_view root) {
  return std::string(kDeclaration).append(root);
}

std::string response_document(const ResponseFields& fields, const Signer* signer) {
  const std::string root = response_root(fields);
  return signer != nullptr ? sign_document(root, *signer) : unsigned_document(root);
}

// In canonical text every '<' begins a tag (or instruction), and the last '>' before the next one
// ends it: character data has neither, attribute values have no '<'.
std::string compact(std::string_view root) {
  std::string out;
  out.reserve(root.size());
  std::size_t tag = root.find('<');
  while (tag != std::string_view::npos) {
    const std::size_t next = root.find('<', tag + 1);
    const std::string_view markup = root.substr(tag, next - tag);  // a tag and the text after it
    const std::size_t text = markup.rfind('>') + 1;
    const bool is_leaf =
        next != std::string_view::npos && markup[1] != '/' && root[next + 1] == '/';
    out.append(!is_leaf && is_white(markup.substr(text)) ? markup.substr(0, text) : markup);
    tag = next;
  }
  return out;
}

}  // namespace dcc::duis

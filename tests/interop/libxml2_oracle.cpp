// SPDX-License-Identifier: Apache-2.0
#include "libxml2_oracle.hpp"

#include <libxml/c14n.h>
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <libxml/uri.h>

#include <algorithm>
#include <memory>

namespace interop {
namespace {

struct Free {
  void operator()(xmlDoc* document) const { xmlFreeDoc(document); }
  void operator()(xmlChar* text) const { xmlFree(text); }
};
using Document = std::unique_ptr<xmlDoc, Free>;
using Text = std::unique_ptr<xmlChar, Free>;

const xmlChar* kSignatureNamespace = BAD_CAST "http://www.w3.org/2000/09/xmldsig#";

bool is_element(const xmlNode* node, const char* name) {
  return node->type == XML_ELEMENT_NODE && xmlStrEqual(node->name, BAD_CAST name);
}

xmlNode* child(const xmlNode* parent, const char* name) {
  for (xmlNode* node = parent->children; node != nullptr; node = node->next)
    if (is_element(node, name)) return node;
  return nullptr;
}

xmlNode* signature_of(const xmlDoc* document) {
  xmlNode* node = child(xmlDocGetRootElement(document), "Signature");
  const bool found =
      node != nullptr && node->ns != nullptr && xmlStrEqual(node->ns->href, kSignatureNamespace);
  return found ? node : nullptr;
}

// libxml2 keeps the ampersand of a namespace name as the reference that it makes of it while it
// normalises attribute values, and writes that. Canonical forms have it nowhere else, but for
// instructions.
std::string corrected(const std::string& canonical) {
  constexpr std::string_view kKept = "&#38;";
  std::string out;
  for (std::size_t at = 0; at < canonical.size();) {
    const std::size_t next = std::min(canonical.find_first_of("&<", at), canonical.size());
    out.append(canonical, at, next - at);
    at = next;
    if (canonical.compare(at, kKept.size(), kKept) == 0) {
      out += "&amp;";
      at += kKept.size();
    } else if (canonical.compare(at, 2, "<?") == 0) {
      const std::size_t end = canonical.find("?>", at);
      out.append(canonical, at, end - at);
      at = end;
    } else if (at < canonical.size()) {
      out += canonical[at++];
    }
  }
  return out;
}

// xmlC14NExecute's callback: is the node within the element `apex`?
int is_within(void* apex, xmlNode* node, xmlNode* parent) {
  const bool belongs_to_parent =
      node->type == XML_ATTRIBUTE_NODE || node->type == XML_NAMESPACE_DECL;
  for (const xmlNode* at = belongs_to_parent ? parent : node; at != nullptr; at = at->parent)
    if (at == apex) return 1;
  return 0;
}

std::optional<std::string> exclusive(xmlDoc* document, xmlNode* apex) {
  xmlOutputBuffer* buffer = xmlAllocOutputBuffer(nullptr);
  const int result =
      xmlC14NExecute(document, is_within, apex, XML_C14N_EXCLUSIVE_1_0, nullptr, 0, buffer);
  std::string octets;
  if (result >= 0)
    octets.assign(reinterpret_cast<const char*>(xmlOutputBufferGetContent(buffer)),
                  xmlOutputBufferGetSize(buffer));
  xmlOutputBufferClose(buffer);
  return result < 0 ? std::nullopt : std::optional(octets);
}

std::optional<std::string> inclusive(xmlDoc* document) {
  xmlChar* octets = nullptr;
  const int size = xmlC14NDocDumpMemory(document, nullptr, XML_C14N_1_0, nullptr, 0, &octets);
  const Text owner(octets);
  if (size < 0) return std::nullopt;
  return std::string(reinterpret_cast<const char*>(octets), static_cast<std::size_t>(size));
}

bool is_uri(const xmlChar* name) {
  xmlURI* uri = xmlParseURI(reinterpret_cast<const char*>(name));
  const bool found = uri != nullptr;
  xmlFreeURI(uri);
  return found;
}

bool has_namespace_that_is_no_uri(const xmlNode* element) {
  for (const xmlNs* ns = element->nsDef; ns != nullptr; ns = ns->next)
    if (!is_uri(ns->href)) return true;
  for (xmlNode* node = element->children; node != nullptr; node = node->next)
    if (node->type == XML_ELEMENT_NODE && has_namespace_that_is_no_uri(node)) return true;
  return false;
}

void append_leaves(const xmlNode* parent, std::vector<std::string>& leaves) {
  for (xmlNode* node = parent->children; node != nullptr; node = node->next) {
    if (node->type != XML_ELEMENT_NODE) continue;
    if (xmlFirstElementChild(node) != nullptr) {
      append_leaves(node, leaves);
    } else {
      const Text text(xmlNodeGetContent(node));
      leaves.emplace_back(reinterpret_cast<const char*>(text.get()));
    }
  }
}

}  // namespace

std::optional<Canonical> canonicalise(std::string_view octets, NoAnswer& why) {
  LIBXML_TEST_VERSION
  xmlSetStructuredErrorFunc(nullptr, [](void*, xmlError*) {});
  why = NoAnswer::not_well_formed;
  const Document document(xmlReadMemory(octets.data(), static_cast<int>(octets.size()), nullptr,
                                        nullptr, XML_PARSE_NONET));
  if (document == nullptr || xmlDocGetRootElement(document.get()) == nullptr) return std::nullopt;

  why = has_namespace_that_is_no_uri(xmlDocGetRootElement(document.get()))
            ? NoAnswer::namespace_is_no_uri
            : NoAnswer::no_canonical_form;
  Canonical canonical;
  if (xmlNode* signature = signature_of(document.get())) {
    if (xmlNode* signed_info = child(signature, "SignedInfo")) {
      auto form = exclusive(document.get(), signed_info);
      if (!form) return std::nullopt;
      canonical.signed_info = corrected(*form);
    }
    xmlUnlinkNode(signature);
    xmlFreeNode(signature);
  }
  auto form = inclusive(document.get());
  if (!form) return std::nullopt;
  canonical.document = corrected(*form);

  if (const xmlNode* body = child(xmlDocGetRootElement(document.get()), "Body"))
    if (const xmlNode* content = xmlFirstElementChild(const_cast<xmlNode*>(body)))
      append_leaves(content, canonical.leaves);
  why = NoAnswer::none;
  return canonical;
}

}  // namespace interop

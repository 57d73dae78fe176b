// SPDX-License-Identifier: Apache-2.0
#include "fields.hpp"

#include <libxml/parser.h>
#include <libxml/tree.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <stdexcept>

#include "interop/collapsed.hpp"

namespace attacks {
namespace {

using dcc::duis::Eui64;
using interop::collapsed;

struct Free {
  void operator()(xmlDoc* document) const { xmlFreeDoc(document); }
  void operator()(xmlChar* text) const { xmlFree(text); }
};

std::string text(dcc_str view) {
  return {view.data, view.size};
}

const char* chars(const xmlChar* name) {
  return reinterpret_cast<const char*>(name);
}

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return text;
}

// Elements of the two returns whose types collapse white space; all others preserve it.
bool collapses(const std::string& path) {
  static constexpr std::string_view kCollapsed[] = {"DeviceID", "OtherDeviceID", "UserRefDateTime"};
  return std::find(std::begin(kCollapsed), std::end(kCollapsed), path) != std::end(kCollapsed);
}

xmlNode* required_child(xmlNode* parent, const char* name) {
  for (xmlNode* node = xmlFirstElementChild(parent); node; node = xmlNextElementSibling(node))
    if (xmlStrEqual(node->name, BAD_CAST name)) return node;
  throw std::runtime_error(std::string("no element ") + name);
}

// Its text, without that of comments and instructions.
std::string content(xmlNode* node) {
  const std::unique_ptr<xmlChar, Free> text(xmlNodeGetContent(node));
  return chars(text.get());
}

std::string header_text(xmlNode* header, const char* name) {
  return content(required_child(header, name));
}

void append_items(xmlNode* parent, const std::string& path, bool known_body, Fields& fields) {
  for (xmlNode* node = xmlFirstElementChild(parent); node; node = xmlNextElementSibling(node)) {
    const std::string here = path.empty() ? chars(node->name) : path + '/' + chars(node->name);
    if (xmlFirstElementChild(node) != nullptr)
      append_items(node, here, known_body, fields);
    else
      fields.items.emplace_back(
          here, known_body && collapses(here) ? collapsed(content(node)) : content(node));
  }
}

void take_request_id(const std::string& id, Fields& fields) {
  const std::size_t first = id.find(':'), last = id.rfind(':');
  fields.originator = id.substr(0, first);
  fields.target = id.substr(first + 1, last - first - 1);
  fields.counter = id.substr(last + 1);
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Fields& fields) {
  out << fields.originator << ':' << fields.target << ':' << fields.counter << " cv "
      << fields.command_variant << ' ' << fields.service_reference << ' '
      << fields.service_reference_variant << ' ' << fields.body_element;
  for (const auto& [path, value] : fields.items) out << "\n  " << path << " = \"" << value << '"';
  return out;
}

Fields fields_of(const dcc::duis::Message& message) {
  Fields fields;
  fields.originator = message.request_id->originator.text();
  fields.target = message.request_id->target.text();
  fields.counter = std::to_string(message.request_id->counter);
  fields.command_variant = std::to_string(message.command_variant);
  fields.service_reference = message.service_reference;
  fields.service_reference_variant = message.service_reference_variant;
  fields.body_element = message.body_element;
  for (const auto& item : message.items) fields.items.emplace_back(item.path, item.value);
  return fields;
}

Fields fields_of(const dcc_request& request) {
  Fields fields;
  fields.originator = Eui64{request.originator}.text();
  fields.target = Eui64{request.target}.text();
  fields.counter = std::to_string(request.counter);
  fields.command_variant = std::to_string(request.command_variant);
  fields.service_reference = text(request.service_reference);
  fields.service_reference_variant = text(request.srv);
  fields.body_element = text(request.body_element);
  for (std::size_t i = 0; i < request.item_count; ++i)
    fields.items.emplace_back(text(request.items[i].path), text(request.items[i].value));
  return fields;
}

Fields fields_by_libxml2(std::string_view canonical) {
  const std::unique_ptr<xmlDoc, Free> document(
      xmlReadMemory(canonical.data(), static_cast<int>(canonical.size()), nullptr, "UTF-8",
                    XML_PARSE_NONET | XML_PARSE_HUGE | XML_PARSE_NOERROR));
  if (document == nullptr) throw std::runtime_error("the canonical octets are not well-formed");
  xmlNode* const root = xmlDocGetRootElement(document.get());
  if (!xmlStrEqual(root->name, BAD_CAST "Request")) throw std::runtime_error("no Request");
  xmlNode* const header = required_child(root, "Header");
  xmlNode* const body = xmlFirstElementChild(required_child(root, "Body"));

  Fields fields;
  take_request_id(upper(collapsed(header_text(header, "RequestID"))), fields);
  fields.command_variant =
      std::to_string(std::stoul(collapsed(header_text(header, "CommandVariant"))));
  fields.service_reference = header_text(header, "ServiceReference");
  fields.service_reference_variant = header_text(header, "ServiceReferenceVariant");
  fields.body_element = chars(body->name);
  const bool known = fields.body_element.starts_with("CHF");
  append_items(body, {}, known, fields);
  return fields;
}

}  // namespace attacks

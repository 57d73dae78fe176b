// SPDX-License-Identifier: Apache-2.0
#include "duis/message_builder.hpp"

#include <algorithm>
#include <charconv>

#include "duis/reader.hpp"

namespace dcc::duis {
namespace {

constexpr std::string_view kSchemaInstance = "http://www.w3.org/2001/XMLSchema-instance";

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

// In canonical content: what does not stand for itself.
bool is_markup(char c) {
  return c == '&' || c == '<';
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

// Applies the treatment to text[from..].
void treat_white_space(std::string& text, std::size_t from, WhiteSpace treatment) {
  if (treatment == WhiteSpace::preserve) return;
  const bool collapse = treatment == WhiteSpace::collapse;
  std::size_t end = from;
  for (std::size_t i = from; i < text.size(); ++i) {
    const bool space = is_space(text[i]);
    const bool drop = collapse && space && (end == from || text[end - 1] == ' ');
    if (!drop) text[end++] = space ? ' ' : text[i];
  }
  if (collapse && end > from && text[end - 1] == ' ') --end;
  text.resize(end);
}

// Does it begin with a scheme (RFC 3986, 3.1)?
bool is_absolute_uri(std::string_view name) {
  const auto is_letter = [](char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; };
  const auto end = std::find_if_not(name.begin(), name.end(), [&](char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
  });
  return end != name.end() && *end == ':' && is_letter(name[0]);
}

// DUIS has no type that another could stand in for and nothing that may be nil. Xerces-C++ lets
// some substitutions pass that XML Schema forbids (a simple type for a complex one).
void refuse_substitutions(const StartTag& tag) {
  for (const auto& attribute : tag.attributes)
    if (attribute.namespace_name == kSchemaInstance &&
        (attribute.local_name == "type" || attribute.local_name == "nil"))
      refuse(Refusal::Kind::malformed, attribute.qualified_name + " is not accepted");
}

// A field stands once: of two, whoever reads the first and whoever reads the last would act on
// different messages. A schema says so too, where it knows the element.
void take(std::string_view& field, const Item& item) {
  if (field.data() != nullptr)
    refuse(Refusal::Kind::malformed, std::string(item.path) + " is given twice");
  field = item.value;
}

}  // namespace

void refuse(Refusal::Kind kind, std::string text) {
  constexpr std::size_t kLimit = 500;
  if (text.size() > kLimit) {
    std::size_t end = kLimit;
    while ((text[end] & 0xC0) == 0x80) --end;  // not within a character
    text.replace(end, std::string::npos, "...");
  }
  const auto is_control = [](unsigned char c) { return c < ' ' || c == 0x7F; };
  std::replace_if(text.begin(), text.end(), is_control, ' ');
  throw EndOfReading{{kind, std::move(text)}};
}

void MessageBuilder::start_document() {
  message_ = {};
  scope_.clear();
  document_.clear();
  signed_info_.clear();
  profile_.clear();
  open_.clear();
  leaves_.clear();
  names_.clear();
  path_.clear();
  paths_.clear();
  schema_version_.clear();
  body_element_.clear();
  bodies_ = 0;
  in_header_ = false;
  complete_ = false;
  has_signature_ = false;
  signature_depth_ = 0;
  signed_info_depth_ = 0;
  command_variant_ = {};
  device_id_ = {};
}

void MessageBuilder::start_element(StartTag& tag, WhiteSpace treatment) {
  if (open_.size() == Reader::kMaxDepth)
    refuse(Refusal::Kind::malformed,
           "elements nested deeper than " + std::to_string(Reader::kMaxDepth) + " levels");
  declare(tag);
  if (!open_.empty()) open_.back().is_leaf = false;
  open_.push_back({});
  open_.back().name_begin = names_.size();
  names_ += tag.qualified_name;
  open_.back().treatment = treatment;
  open_.back().path_size = path_.size();
  if (in_signature() || (tag.namespace_name == kSignatureNamespace && open_.size() > 1))
    start_in_signature(tag);
  else
    start_in_document(tag);
}

void MessageBuilder::end_element() {
  const auto qualified_name = std::string_view(names_).substr(open_.back().name_begin);
  if (in_signature())
    end_in_signature(qualified_name);
  else
    end_in_document(qualified_name);
  names_.resize(open_.back().name_begin);
  path_.resize(open_.back().path_size);
  open_.pop_back();
  scope_.close();
}

void MessageBuilder::text(std::string_view characters) {
  if (!in_signature()) {
    document_.text(characters);
    return;
  }
  if (!profile_.text(characters)) refuse_profile("text between elements");
  if (in_signed_info()) signed_info_.text(characters);
}

void MessageBuilder::instruction(std::string_view target, std::string_view data) {
  if (in_signature())
    refuse(Refusal::Kind::signature, "processing instruction within the Signature");
  const auto place = !open_.empty() ? CanonicalForm::Place::inside
                     : complete_    ? CanonicalForm::Place::after
                                    : CanonicalForm::Place::before;
  document_.instruction(target, data, place);
}

void MessageBuilder::declare(const StartTag& tag) {
  scope_.open();
  for (const auto& [prefix, name] : tag.declared) {
    // C14N 1.0 has no canonical form for documents with relative namespace names.
    if (!name.empty() && !is_absolute_uri(name))
      refuse(Refusal::Kind::malformed, "namespace name \"" + name + "\" is not an absolute URI");
    if (scope_.size() == Reader::kMaxNamespaces)
      refuse(Refusal::Kind::malformed, "more than " + std::to_string(Reader::kMaxNamespaces) +
                                           " namespace declarations at one place");
    scope_.declare(prefix, name);
  }
}

void MessageBuilder::start_in_document(StartTag& tag) {
  refuse_substitutions(tag);
  if (open_.size() == 1) start_root(tag);
  if (open_.size() == 2) in_header_ = tag.local_name == "Header";
  if (open_.size() == 3 && !in_header_) {
    body_element_ = tag.local_name;
    ++bodies_;
  }
  // Paths are relative to Header, and to Body's child.
  if (open_.size() > (in_header_ ? 2u : 3u)) {
    if (!path_.empty()) path_ += '/';
    path_ += tag.local_name;
  }
  document_.start_element(tag, scope_);
  open_.back().text_begin = document_.octets().size();
}

void MessageBuilder::start_root(const StartTag& tag) {
  if (tag.namespace_name != kDuisNamespace ||
      (tag.local_name != "Request" && tag.local_name != "Response"))
    refuse(Refusal::Kind::malformed,
           "the document element is " + tag.local_name + "; a DUIS Request or Response expected");
  message_.kind = tag.local_name == "Request" ? Message::Kind::request : Message::Kind::response;
  for (const auto& attribute : tag.attributes)
    if (attribute.qualified_name == "schemaVersion") schema_version_ = attribute.value;
  message_.root_begin = document_.octets().size();
}

void MessageBuilder::end_in_document(std::string_view qualified_name) {
  const Open& element = open_.back();
  if (element.is_leaf && !path_.empty()) {
    leaves_.push_back({paths_.size(), path_.size(), element.text_begin,
                       document_.octets().size() - element.text_begin, element.treatment,
                       in_header_});
    paths_ += path_;
  }
  if (open_.size() == 1) {
    message_.root_end_tag = document_.octets().size();
    complete_ = true;
  }
  document_.end_element(qualified_name);
}

void MessageBuilder::start_in_signature(StartTag& tag) {
  if (!in_signature()) {
    if (open_.size() != 2 || has_signature_)
      // Malformed, as by a schema that knows the Signature.
      refuse(Refusal::Kind::malformed,
             "a Signature must be the only one and a child of the document element");
    has_signature_ = true;
    signature_depth_ = open_.size();
  }
  if (!profile_.start_element(tag)) refuse_profile("element " + dcc::duis::text(tag));
  if (!in_signed_info() && tag.local_name == "SignedInfo") signed_info_depth_ = open_.size();
  if (in_signed_info()) signed_info_.start_element(tag, scope_);
}

void MessageBuilder::end_in_signature(std::string_view qualified_name) {
  if (!profile_.end_element()) refuse_profile("the end of " + std::string(qualified_name));
  if (in_signed_info()) signed_info_.end_element(qualified_name);
  if (open_.size() == signed_info_depth_) signed_info_depth_ = 0;
  if (open_.size() == signature_depth_) signature_depth_ = 0;
}

std::string MessageBuilder::place() const {
  if (open_.empty()) return "attribute schemaVersion: ";
  return "in " + names_.substr(open_.back().name_begin) + ": ";
}

void MessageBuilder::refuse_profile(const std::string& got) const {
  refuse(Refusal::Kind::signature, "the Signature is not of the DUIS profile: " + got + " where " +
                                       profile_.expected() + " is expected");
}

// ---- After the last event ----

const Message& MessageBuilder::finish() {
  values_.clear();
  values_.reserve(document_.octets().size());
  items_.clear();
  for (const Leaf& leaf : leaves_) {
    const Item item{std::string_view(paths_).substr(leaf.path_begin, leaf.path_size),
                    value_of(leaf)};
    if (leaf.in_header)
      take_header(item);
    else
      take_body(item);
  }
  require_fields();
  message_.schema_version = trimmed(schema_version_);
  message_.body_element = body_element_;
  message_.items = items_;
  message_.canonical = document_.octets();
  if (has_signature_) {
    const SignatureProfile::Values& values = profile_.values();
    message_.signature = SignatureParts{signed_info_.octets(), values.digest, values.signature,
                                        values.issuer_name, values.serial_number};
  }
  return message_;
}

// The leaf's text, decoded from the octets that the digest covers. Most need no decoding and
// are views into them; the rest is decoded into values_, which never grows beyond its reserve.
std::string_view MessageBuilder::value_of(const Leaf& leaf) {
  const std::string_view written =
      std::string_view(document_.octets()).substr(leaf.text_begin, leaf.text_size);
  const bool plain = std::none_of(written.begin(), written.end(), is_markup);
  if (plain && leaf.treatment == WhiteSpace::preserve) return written;
  if (plain && std::none_of(written.begin(), written.end(), is_space)) return written;
  const std::size_t begin = values_.size();
  append_decoded_text(values_, written);
  treat_white_space(values_, begin, leaf.treatment);
  return std::string_view(values_).substr(begin);
}

void MessageBuilder::take_header(const Item& item) {
  if (item.path == "RequestID") {
    take(message_.request_id_text, item);
    message_.request_id = RequestId::parse(item.value);
    // The schema lets twenty digits pass; the field is an unsigned 64-bit number.
    if (!message_.request_id)
      refuse(Refusal::Kind::malformed,
             "RequestID " + std::string(item.value) + ": the counter exceeds 64 bits");
  } else if (item.path == "CommandVariant") {
    take(command_variant_, item);
    // xs:positiveInteger may be written +8 or 08.
    std::string_view digits = item.value;
    digits.remove_prefix(std::min(digits.find_first_not_of("+0"), digits.size()));
    std::from_chars(digits.begin(), digits.end(), message_.command_variant);
  } else if (item.path == "ServiceReference") {
    take(message_.service_reference, item);
  } else if (item.path == "ServiceReferenceVariant") {
    take(message_.service_reference_variant, item);
  } else if (item.path == "ResponseCode") {
    take(message_.response_code, item);
  } else if (item.path == "ResponseDateTime") {
    take(message_.response_time, item);
  }
}

void MessageBuilder::take_body(const Item& item) {
  items_.push_back(item);
  if (message_.kind == Message::Kind::response) {
    if (item.path == "ServiceReference") take(message_.service_reference, item);
    if (item.path == "ServiceReferenceVariant") take(message_.service_reference_variant, item);
  } else if (item.path == "DeviceID") {
    take(device_id_, item);
    message_.device_id = Eui64::parse(trimmed(item.value));
  }
}

// What a schema of the operator's own may not ask for.
void MessageBuilder::require_fields() const {
  if (bodies_ > 1) refuse(Refusal::Kind::malformed, "more than one element in Body");
  if (message_.kind == Message::Kind::response) return;
  if (!message_.request_id) refuse(Refusal::Kind::malformed, "there is no RequestID");
  if (message_.command_variant < 1 || message_.command_variant > 9)
    refuse(Refusal::Kind::malformed,
           "CommandVariant \"" + std::string(command_variant_) + "\"; 1 to 9 expected");
}

}  // namespace dcc::duis

// SPDX-License-Identifier: Apache-2.0
#include "duis/canonical.hpp"

#include <algorithm>
#include <tuple>

namespace dcc::duis {
namespace {

// What a character becomes in canonical content; empty: itself.
constexpr std::string_view in_text(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '\r':
      return "&#xD;";
    default:
      return {};
  }
}

// The same in an attribute's value.
constexpr std::string_view in_attribute(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '"':
      return "&quot;";
    case '\t':
      return "&#x9;";
    case '\n':
      return "&#xA;";
    case '\r':
      return "&#xD;";
    default:
      return {};
  }
}

template <auto escape_of>
void append_escaped(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const auto special =
        std::find_if(text.begin(), text.end(), [](char c) { return !escape_of(c).empty(); });
    out.append(text.begin(), special);
    if (special == text.end()) return;
    out.append(escape_of(*special));
    text = {special + 1, text.end()};
  }
}

}  // namespace

void NamespaceScope::clear() {
  bindings_.clear();
  opened_.clear();
}

void NamespaceScope::close() {
  bindings_.shrink(opened_.back());
  opened_.pop_back();
}

void NamespaceScope::declare(std::string_view prefix, std::string_view name) {
  Binding& binding = bindings_.add();
  binding.prefix = prefix;
  binding.name = name;
}

std::string_view NamespaceScope::name_of(std::string_view prefix) const {
  for (std::size_t i = bindings_.size(); i > 0; --i)
    if (bindings_[i - 1].prefix == prefix) return bindings_[i - 1].name;
  return {};
}

void CanonicalForm::clear() {
  rendered_.clear();
  octets_.clear();
}

void CanonicalForm::declare_if_new(std::string_view prefix, const NamespaceScope& scope) {
  const std::string_view name = scope.name_of(prefix);
  if (prefix == "xml" || rendered_.name_of(prefix) == name) return;
  rendered_.declare(prefix, name);
  octets_ += prefix.empty() ? " xmlns" : " xmlns:";
  octets_ += prefix;
  octets_ += "=\"";
  append_canonical_attribute(octets_, name);
  octets_ += '"';
}

void CanonicalForm::start_element(StartTag& tag, const NamespaceScope& scope) {
  octets_ += '<';
  octets_ += tag.qualified_name;

  // Inclusive: what this tag declares; exclusive: what it visibly uses.
  prefixes_.clear();
  if (kind_ == Kind::inclusive) {
    for (const auto& declaration : tag.declared) prefixes_.push_back(declaration.prefix);
  } else {
    prefixes_.push_back(tag.prefix);
    for (const auto& attribute : tag.attributes)
      if (!attribute.namespace_name.empty())
        prefixes_.push_back(std::string_view(attribute.qualified_name)
                                .substr(0, attribute.qualified_name.find(':')));
  }
  std::sort(prefixes_.begin(), prefixes_.end());
  rendered_.open();
  for (const std::string_view prefix : prefixes_) declare_if_new(prefix, scope);

  std::sort(tag.attributes.begin(), tag.attributes.end(), [](const auto& a, const auto& b) {
    return std::tie(a.namespace_name, a.local_name) < std::tie(b.namespace_name, b.local_name);
  });
  for (const auto& attribute : tag.attributes) {
    octets_ += ' ';
    octets_ += attribute.qualified_name;
    octets_ += "=\"";
    append_canonical_attribute(octets_, attribute.value);
    octets_ += '"';
  }
  octets_ += '>';
}

void CanonicalForm::end_element(std::string_view qualified_name) {
  rendered_.close();
  octets_ += "</";
  octets_ += qualified_name;
  octets_ += '>';
}

void CanonicalForm::text(std::string_view characters) {
  append_canonical_text(octets_, characters);
}

void CanonicalForm::instruction(std::string_view target, std::string_view data, Place place) {
  if (place == Place::after) octets_ += '\n';
  octets_ += "<?";
  octets_ += target;
  if (!data.empty()) {
    octets_ += ' ';
    octets_ += data;
  }
  octets_ += "?>";
  if (place == Place::before) octets_ += '\n';
}

void append_canonical_text(std::string& out, std::string_view text) {
  append_escaped<in_text>(out, text);
}

void append_canonical_attribute(std::string& out, std::string_view value) {
  append_escaped<in_attribute>(out, value);
}

void append_decoded_text(std::string& out, std::string_view canonical) {
  static constexpr std::pair<std::string_view, char> kEscapes[] = {
      {"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&#xD;", '\r'}};
  while (!canonical.empty()) {
    const std::size_t plain = std::min(canonical.find_first_of("&<"), canonical.size());
    out.append(canonical.substr(0, plain));
    canonical.remove_prefix(plain);
    if (canonical.empty()) return;
    if (canonical[0] == '<') {
      canonical.remove_prefix(canonical.find("?>") + 2);
      continue;
    }
    for (const auto& [escape, character] : kEscapes) {
      if (!canonical.starts_with(escape)) continue;
      out.push_back(character);
      canonical.remove_prefix(escape.size());
      break;
    }
  }
}

}  // namespace dcc::duis

// SPDX-License-Identifier: Apache-2.0
//
// Canonical XML as a by-product of reading: fed with the events of one pass over a document, it
// appends the octets that a digest is taken over.
//
//   inclusive  Canonical XML 1.0 without comments (W3C REC-xml-c14n-20010315), of a document
//              from which whole elements may be left out
//   exclusive  Exclusive XML Canonicalization 1.0 without comments, no inclusive prefixes
//              (W3C REC-xml-exc-c14n-20020718), of one element
//
// What an XML processor owes canonicalisation (line ends, attribute defaults and normalisation,
// entity and character references, CDATA) has been done by the parser. One object serves one
// thread; buffers are kept from document to document.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "duis/reused.hpp"

namespace dcc::duis {

// What namespace prefixes stand for, as elements open and close. The empty prefix is the default
// namespace, the empty name none.
class NamespaceScope {
 public:
  void clear();
  void open() { opened_.push_back(bindings_.size()); }
  void close();
  void declare(std::string_view prefix, std::string_view name);
  // Declarations of all open elements.
  std::size_t size() const { return bindings_.size(); }
  // Empty for an undeclared prefix. The view lives until the binding's element closes.
  std::string_view name_of(std::string_view prefix) const;

 private:
  struct Binding {
    std::string prefix, name;
  };
  Reused<Binding> bindings_;
  std::vector<std::size_t> opened_;  // how many there were when each open element began
};

// A start tag, reused from element to element.
struct StartTag {
  struct Declaration {
    std::string prefix;  // empty: of the default namespace
    std::string namespace_name;
  };
  struct Attribute {
    std::string namespace_name;  // empty: no prefix
    std::string local_name;
    std::string qualified_name;
    std::string value;  // normalised as XML 1.0 says, not as a schema would
  };

  std::string namespace_name;  // of the element, as the next two
  std::string prefix;
  std::string local_name;
  std::string qualified_name;
  Reused<Declaration> declared;
  Reused<Attribute> attributes;  // without namespace declarations
};

class CanonicalForm {
 public:
  enum class Kind { inclusive, exclusive };

  explicit CanonicalForm(Kind kind) : kind_(kind) {}

  void clear();
  // `scope`: with this element's declarations. Sorts the tag's lists.
  void start_element(StartTag& tag, const NamespaceScope& scope);
  void end_element(std::string_view qualified_name);
  // UTF-8 text, escaped here.
  void text(std::string_view characters);
  // `before`, `after`: the instruction stands outside the document element.
  enum class Place { before, inside, after };
  void instruction(std::string_view target, std::string_view data, Place place);

  const std::string& octets() const { return octets_; }

 private:
  void declare_if_new(std::string_view prefix, const NamespaceScope& scope);

  Kind kind_;
  NamespaceScope rendered_;  // the declarations that stand in the output so far
  std::vector<std::string_view> prefixes_;
  std::string octets_;
};

// Appends text as canonical XML writes it in content: & < > and CR escaped.
void append_canonical_text(std::string& out, std::string_view text);
// The same for an attribute's value: & < " tab, LF and CR escaped.
void append_canonical_attribute(std::string& out, std::string_view value);
// The inverse of the first, for a stretch of canonical content without elements: the text it stands
// for. Processing instructions are passed over.
void append_decoded_text(std::string& out, std::string_view canonical);

}  // namespace dcc::duis

// SPDX-License-Identifier: Apache-2.0
#include "duis/text_length.hpp"

#include <algorithm>
#include <memory>
#include <string_view>
#include <xercesc/util/KVStringPair.hpp>
#include <xercesc/validators/datatype/AnyURIDatatypeValidator.hpp>
#include <xercesc/validators/datatype/DatatypeValidatorFactory.hpp>
#include <xercesc/validators/datatype/StringDatatypeValidator.hpp>
#include <xercesc/validators/schema/SchemaSymbols.hpp>

namespace dcc::duis {
namespace {

using xercesc::DatatypeValidator;
using xercesc::MemoryManager;
using xercesc::SchemaSymbols;
using Facets = xercesc::RefHashTableOf<xercesc::KVStringPair>;

// A type that measures in characters, as do the types that a schema derives from it.
template <typename Type>
class InCharacters : public Type {
 public:
  using Type::Type;

  DatatypeValidator* newInstance(Facets* facets, xercesc::RefArrayVectorOf<XMLCh>* values,
                                 int final_set, MemoryManager* manager) override {
    return new (manager) InCharacters(this, facets, values, final_set, manager);
  }

 protected:
  XMLSize_t getLength(const XMLCh* content, MemoryManager*) const override {
    const std::basic_string_view<XMLCh> text(content);
    const auto seconds = std::count_if(text.begin(), text.end(),
                                       [](XMLCh unit) { return (unit & 0xFC00) == 0xDC00; });
    return text.size() - static_cast<XMLSize_t>(seconds);
  }
};

// The one that was there stays, because built-in types that have no need of this are derived from
// it: names and languages have no character beyond U+FFFF (XML 1.0, fourth edition).
DatatypeValidator* replace(const XMLCh* name, DatatypeValidator* type) {
  type->setTypeName(name, SchemaSymbols::fgURI_SCHEMAFORSCHEMA);
  auto* const types = xercesc::DatatypeValidatorFactory::getBuiltInRegistry();
  types->orphanKey(name);
  types->put(const_cast<XMLCh*>(name), type);
  return type;
}

DatatypeValidator* derived(DatatypeValidator* base, const XMLCh* white_space) {
  auto facets = std::make_unique<Facets>(3u);
  facets->put(const_cast<XMLCh*>(SchemaSymbols::fgELT_WHITESPACE),
              new xercesc::KVStringPair(SchemaSymbols::fgELT_WHITESPACE, white_space));
  return base->newInstance(facets.release(), nullptr, 0);
}

}  // namespace

void measure_text_in_characters() {
  auto* const text =
      replace(SchemaSymbols::fgDT_STRING, new InCharacters<xercesc::StringDatatypeValidator>());
  auto* const line =
      replace(SchemaSymbols::fgDT_NORMALIZEDSTRING, derived(text, SchemaSymbols::fgWS_REPLACE));
  replace(SchemaSymbols::fgDT_TOKEN, derived(line, SchemaSymbols::fgWS_COLLAPSE));
  replace(SchemaSymbols::fgDT_ANYURI, new InCharacters<xercesc::AnyURIDatatypeValidator>());
}

}  // namespace dcc::duis

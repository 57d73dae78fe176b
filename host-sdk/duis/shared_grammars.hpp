// SPDX-License-Identifier: Apache-2.0
//
// Private to the duis room: a Schema's grammars as one parser uses them. Parsers that share a
// locked pool also share the table in which it numbers the namespace names of messages, and that
// table only grows. So each parser gets a table of its own, on top of the schema's, and takes it
// along when it goes. One thread at a time.
#pragma once

#include <xercesc/framework/XMLGrammarPool.hpp>
#include <xercesc/util/SynchronizedStringPool.hpp>

#include "duis/schema.hpp"

namespace dcc::duis {

class SharedGrammars : public xercesc::XMLGrammarPool {
 public:
  // The schema must outlive it.
  explicit SharedGrammars(const Schema& schema)
      : grammars_(schema.grammars()), namespaces_(&schema.namespaces()) {}

  xercesc::XMLStringPool* getURIStringPool() override { return &namespaces_; }

  // All else is the schema's.
  bool cacheGrammar(xercesc::Grammar* const grammar) override {
    return grammars_.cacheGrammar(grammar);
  }
  xercesc::Grammar* retrieveGrammar(xercesc::XMLGrammarDescription* const description) override {
    return grammars_.retrieveGrammar(description);
  }
  xercesc::Grammar* orphanGrammar(const XMLCh* const name) override {
    return grammars_.orphanGrammar(name);
  }
  xercesc::RefHashTableOfEnumerator<xercesc::Grammar> getGrammarEnumerator() const override {
    return grammars_.getGrammarEnumerator();
  }
  bool clear() override { return grammars_.clear(); }
  void lockPool() override { grammars_.lockPool(); }
  void unlockPool() override { grammars_.unlockPool(); }
  xercesc::DTDGrammar* createDTDGrammar() override { return grammars_.createDTDGrammar(); }
  xercesc::SchemaGrammar* createSchemaGrammar() override { return grammars_.createSchemaGrammar(); }
  xercesc::XMLDTDDescription* createDTDDescription(const XMLCh* const id) override {
    return grammars_.createDTDDescription(id);
  }
  xercesc::XMLSchemaDescription* createSchemaDescription(const XMLCh* const name) override {
    return grammars_.createSchemaDescription(name);
  }
  xercesc::XSModel* getXSModel(bool& changed) override { return grammars_.getXSModel(changed); }
  void serializeGrammars(xercesc::BinOutputStream* const out) override {
    grammars_.serializeGrammars(out);
  }
  void deserializeGrammars(xercesc::BinInputStream* const in) override {
    grammars_.deserializeGrammars(in);
  }

 private:
  xercesc::XMLGrammarPool& grammars_;
  xercesc::XMLSynchronizedStringPool namespaces_;
};

}  // namespace dcc::duis

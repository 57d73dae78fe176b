// SPDX-License-Identifier: Apache-2.0
//
// Private to the duis room: a schema as Xerces-C++ has compiled it. Compiled is not finished: when
// it first uses a regular expression or reports an error, Xerces-C++ adds to the grammars, without
// a lock and even if the pool is locked. So they belong to one Reader, and to one thread at a time.
#pragma once

#include <xercesc/framework/XMLGrammarPoolImpl.hpp>
#include <xercesc/util/PlatformUtils.hpp>
#include <xercesc/util/SynchronizedStringPool.hpp>

namespace dcc::duis {

// Owns the grammars. use_xerces() comes first.
class Grammars {
 public:
  Grammars()
      : pool_(xercesc::XMLPlatformUtils::fgMemoryManager),
        namespaces_(pool_.getURIStringPool()) {}  // once locked, it would give the one that grows
  Grammars(const Grammars&) = delete;
  Grammars& operator=(const Grammars&) = delete;

  xercesc::XMLGrammarPool& pool() { return pool_; }
  // The namespace names that the grammars number; never changed once the pool is locked.
  const xercesc::XMLStringPool& namespaces() const { return *namespaces_; }

 private:
  xercesc::XMLGrammarPoolImpl pool_;
  const xercesc::XMLStringPool* namespaces_;  // of pool_
};

// The grammars as one parser uses them. In a locked pool the table that numbers the namespace names
// of messages only grows. So each parser gets a table of its own, on top of the grammars', and
// takes it along when it goes.
class ParserGrammars : public xercesc::XMLGrammarPool {
 public:
  // The grammars must outlive it.
  explicit ParserGrammars(Grammars& grammars)
      : pool_(grammars.pool()), namespaces_(&grammars.namespaces()) {}

  xercesc::XMLStringPool* getURIStringPool() override { return &namespaces_; }

  // All else is the pool's.
  bool cacheGrammar(xercesc::Grammar* const grammar) override {
    return pool_.cacheGrammar(grammar);
  }
  xercesc::Grammar* retrieveGrammar(xercesc::XMLGrammarDescription* const description) override {
    return pool_.retrieveGrammar(description);
  }
  xercesc::Grammar* orphanGrammar(const XMLCh* const name) override {
    return pool_.orphanGrammar(name);
  }
  xercesc::RefHashTableOfEnumerator<xercesc::Grammar> getGrammarEnumerator() const override {
    return pool_.getGrammarEnumerator();
  }
  bool clear() override { return pool_.clear(); }
  void lockPool() override { pool_.lockPool(); }
  void unlockPool() override { pool_.unlockPool(); }
  xercesc::DTDGrammar* createDTDGrammar() override { return pool_.createDTDGrammar(); }
  xercesc::SchemaGrammar* createSchemaGrammar() override { return pool_.createSchemaGrammar(); }
  xercesc::XMLDTDDescription* createDTDDescription(const XMLCh* const id) override {
    return pool_.createDTDDescription(id);
  }
  xercesc::XMLSchemaDescription* createSchemaDescription(const XMLCh* const name) override {
    return pool_.createSchemaDescription(name);
  }
  xercesc::XSModel* getXSModel(bool& changed) override { return pool_.getXSModel(changed); }
  void serializeGrammars(xercesc::BinOutputStream* const out) override {
    pool_.serializeGrammars(out);
  }
  void deserializeGrammars(xercesc::BinInputStream* const in) override {
    pool_.deserializeGrammars(in);
  }

 private:
  xercesc::XMLGrammarPool& pool_;
  xercesc::XMLSynchronizedStringPool namespaces_;
};

}  // namespace dcc::duis

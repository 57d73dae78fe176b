// SPDX-License-Identifier: Apache-2.0
//
// A compiled XML schema that messages are validated against. Loading costs tens of milliseconds and
// some megabytes, so a host does it once and shares the result: immutable, safe from any thread.
#pragma once

#include <filesystem>
#include <memory>
#include <stdexcept>

namespace xercesc_3_2 {
class XMLGrammarPool;
class XMLStringPool;
}  // namespace xercesc_3_2

namespace dcc::duis {

// A schema that cannot be used; what() names file, line and why.
struct SchemaError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Schema {
 public:
  // The profile schema that is compiled in (profile.xsd).
  static std::shared_ptr<const Schema> built_in();
  // A schema file, such as the official DUIS schema. What it imports is looked for in its own
  // directory by file name only, and never fetched from anywhere else.
  static std::shared_ptr<const Schema> load(const std::filesystem::path& file);

  ~Schema();
  Schema(const Schema&) = delete;
  Schema& operator=(const Schema&) = delete;

  // For the reader: the locked grammar pool, and the namespace names that its grammars number.
  xercesc_3_2::XMLGrammarPool& grammars() const { return *grammars_; }
  const xercesc_3_2::XMLStringPool& namespaces() const { return *namespaces_; }

 private:
  struct PoolDeleter {
    void operator()(xercesc_3_2::XMLGrammarPool* pool) const;
  };
  Schema();
  std::unique_ptr<xercesc_3_2::XMLGrammarPool, PoolDeleter> grammars_;
  const xercesc_3_2::XMLStringPool* namespaces_;  // of grammars_, never changed once it is locked
};

}  // namespace dcc::duis

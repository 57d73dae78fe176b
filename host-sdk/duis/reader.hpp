// SPDX-License-Identifier: Apache-2.0
//
// Reads a DUIS message in one pass over its octets: parses, validates against the schema, writes
// both canonical forms that the signature needs, checks the signature's profile and collects the
// fields. What a caller sees as a field is decoded from the canonical octets, so it is by
// construction what the digest covers. Who signed it, if anybody, is verify.hpp's question.
//
// A Reader keeps its grammars, parser and buffers warm: one per worker, used by one thread at a
// time.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "duis/message.hpp"
#include "duis/schema.hpp"

namespace dcc::duis {

class Reader {
 public:
  // Levels of elements within elements; DUIS messages need fewer than twenty.
  static constexpr std::size_t kMaxDepth = 64;
  // Namespace declarations in force at one place, and names of elements that neither the schema
  // nor this Reader has met: thousands of them would keep the parser searching for seconds.
  static constexpr std::size_t kMaxNamespaces = 100;
  static constexpr std::size_t kMaxUnknownNames = 1000;

  // Compiles the schema, which it does not need afterwards.
  explicit Reader(const Schema& schema);
  // Another of the same schema, which is not compiled again: cheap, and for the same thread.
  Reader another() const;
  ~Reader();
  Reader(Reader&&) noexcept;
  Reader& operator=(Reader&&) noexcept;

  // Null: refusal() says why. Throws only std::bad_alloc.
  const Message* read(std::string_view octets);
  const Refusal& refusal() const;

 private:
  class Pass;
  explicit Reader(std::unique_ptr<Pass> pass);
  static std::unique_ptr<Pass> make_pass(std::shared_ptr<Grammars> grammars);

  std::unique_ptr<Pass> pass_;
};

}  // namespace dcc::duis

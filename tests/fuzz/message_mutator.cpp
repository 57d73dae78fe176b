// SPDX-License-Identifier: Apache-2.0
//
// For the message reader's target: now and then, in the place of a mutation, a new message that is
// valid, written in all the ways that XML allows. Octets that change at random seldom stay XML.
#include <cstdint>
#include <cstring>

#include "interop/document_generator.hpp"

extern "C" {
std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                    unsigned seed) {
  using interop::DocumentGenerator;
  constexpr unsigned kSeldom = 50;
  if (seed % kSeldom != 0) return LLVMFuzzerMutate(data, size, max_size);
  const auto body =
      seed % (2 * kSeldom) == 0 ? DocumentGenerator::Body::known : DocumentGenerator::Body::free;
  const std::string document = DocumentGenerator(seed).document(body);
  if (document.size() > max_size) return LLVMFuzzerMutate(data, size, max_size);
  std::memcpy(data, document.data(), document.size());
  return document.size();
}
}

// SPDX-License-Identifier: Apache-2.0
//
// For the target of the certificate loader: mutates what is inside a PEM block, and wraps it again.
// Otherwise most mutations would not get beyond base64.
#include <openssl/evp.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <random>
#include <string>
#include <vector>

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace {

constexpr std::string_view kBegin = "-----BEGIN ";
constexpr std::string_view kEnd = "-----END ";

// The base64 lines of a block.
struct Block {
  std::size_t begin, end;
};

std::vector<Block> blocks_of(const std::string& text) {
  std::vector<Block> blocks;
  for (std::size_t at = text.find(kBegin); at != std::string::npos; at = text.find(kBegin, at)) {
    const std::size_t begin = text.find('\n', at);
    const std::size_t end = text.find(kEnd, at);
    if (begin == std::string::npos || end == std::string::npos) break;
    if (begin < end) blocks.push_back({begin + 1, end});
    at = end;
  }
  return blocks;
}

std::vector<std::uint8_t> decode(const std::string& base64) {
  std::string text;
  std::copy_if(base64.begin(), base64.end(), std::back_inserter(text),
               [](char c) { return c != '\n' && c != '\r'; });
  std::vector<std::uint8_t> octets(text.size() / 4 * 3 + 3);
  const int size =
      EVP_DecodeBlock(octets.data(), reinterpret_cast<const std::uint8_t*>(text.data()),
                      static_cast<int>(text.size()));
  const auto padding = static_cast<int>(std::count(text.begin(), text.end(), '='));
  octets.resize(static_cast<std::size_t>(std::max(size - padding, 0)));
  return octets;
}

std::string encode(const std::vector<std::uint8_t>& octets) {
  std::string text(octets.size() / 3 * 4 + 5, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<std::uint8_t*>(text.data()), octets.data(),
                                   static_cast<int>(octets.size()));
  text.resize(static_cast<std::size_t>(size));
  constexpr std::size_t kLine = 64;
  std::string lines;
  for (std::size_t at = 0; at < text.size(); at += kLine) lines += text.substr(at, kLine) + '\n';
  return lines;
}

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned seed) {
  std::minstd_rand random(seed);
  std::string text(reinterpret_cast<const char*>(data), size);
  const auto blocks = blocks_of(text);
  constexpr unsigned kOctetsOfText = 4;  // one mutation of so many is of the input as it is
  if (blocks.empty() || random() % kOctetsOfText == 0)
    return LLVMFuzzerMutate(data, size, max_size);
  const Block& block = blocks[random() % blocks.size()];
  std::vector<std::uint8_t> octets = decode(text.substr(block.begin, block.end - block.begin));
  const std::size_t old_size = octets.size();
  octets.resize(old_size + 64);
  octets.resize(LLVMFuzzerMutate(octets.data(), old_size, octets.size()));
  text.replace(block.begin, block.end - block.begin, encode(octets));
  if (text.size() > max_size) return LLVMFuzzerMutate(data, size, max_size);
  std::memcpy(data, text.data(), text.size());
  return text.size();
}

// SPDX-License-Identifier: Apache-2.0
#include "store/packing/packing.hpp"

#include <zstd.h>

#include <algorithm>
#include <array>
#include <vector>

namespace sample {
namespace {

// What is new in an outcome are short numbers between long texts that the dictionary knows: the
// fastest way, and no matches that are shorter, finds as much as higher levels. Digests and
// signatures are stored as they are: to squeeze base64 by a quarter takes as long as half the rest.
constexpr int kLevel = 1;
constexpr int kMinMatch = 7;
constexpr int kNoLiteralCompression = 1;
// A request has 64 MiB at most, and its items are the same octets once more, up to six times as
// long where JSON escapes them.
constexpr std::uint64_t kMaxPlain = 512U << 20U;
// A block of a frame has 4 octets at least, and at most so many come out of it.
constexpr std::uint64_t kMaxRatio = ZSTD_BLOCKSIZE_MAX / 4;
// A buffer that a rare large message has made larger is given back.
constexpr std::size_t kKept = 1U << 20U;
constexpr std::size_t kLengthOctets = 4;
constexpr std::size_t kHead = 3 * kLengthOctets;

template <typename Object>
using Zstd = std::unique_ptr<Object, std::size_t (*)(Object*)>;

using Dictionaries = std::vector<Zstd<ZSTD_DDict>>;

Dictionaries prepare_all() {
  Dictionaries all;
  for (const std::string_view octets : dictionaries()) {
    all.emplace_back(ZSTD_createDDict(octets.data(), octets.size()), ZSTD_freeDDict);
    if (!all.back()) throw std::bad_alloc();
  }
  return all;
}

// Read only, so shared by all threads.
const Dictionaries& prepared() {
  static const Dictionaries once = prepare_all();
  return once;
}

void append_length(std::string& out, std::size_t length) {
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(length >> shift & 0xffU);
}

std::size_t length_at(std::string_view text, std::size_t at) {
  std::size_t length = 0;
  for (std::size_t i = 0; i < kLengthOctets; ++i)
    length = length << 8U | static_cast<unsigned char>(text[at + i]);
  return length;
}

[[noreturn]] void damaged(const std::string& why) {
  throw UnreadableContent("its packed content is damaged: " + why);
}

const ZSTD_DDict& dictionary_of(std::string_view packed) {
  const unsigned id = ZSTD_getDictID_fromFrame(packed.data(), packed.size());
  for (const auto& each : prepared()) {
    if (ZSTD_getDictID_fromDDict(each.get()) == id) return *each;
  }
  if (id == 0) damaged("no frame of zstd with a dictionary");
  throw UnreadableContent("its content is packed with dictionary " + std::to_string(id) +
                          ", which this program does not have: a newer one wrote it");
}

void make_room(std::string& buffer, std::size_t size) {
  if (buffer.capacity() > kKept && size <= kKept) std::string().swap(buffer);
  buffer.resize(size);
}

}  // namespace

Packing::Packing()
    : compress_(ZSTD_createCCtx(), ZSTD_freeCCtx), decompress_(ZSTD_createDCtx(), ZSTD_freeDCtx) {
  if (!compress_ || !decompress_) throw std::bad_alloc();
  prepare_packing(*compress_, dictionaries().back());
}

std::string_view Packing::pack(const Content& content) {
  make_room(plain_, 0);
  append_plain(content, plain_);
  if (plain_.size() > kMaxPlain) throw std::length_error("the outcome is too large to be stored");
  make_room(packed_, ZSTD_compressBound(plain_.size()));
  const std::size_t size =
      ZSTD_compress2(compress_.get(), packed_.data(), packed_.size(), plain_.data(), plain_.size());
  if (ZSTD_isError(size) != 0) throw std::bad_alloc();  // all else is as it must be
  packed_.resize(size);
  return packed_;
}

Content Packing::unpack(std::string_view packed) {
  const ZSTD_DDict& dictionary = dictionary_of(packed);
  const auto size = ZSTD_getFrameContentSize(packed.data(), packed.size());
  // Also of a frame that does not say it, which is none of ours.
  if (size > std::min(kMaxPlain, packed.size() * kMaxRatio)) damaged("it is too large");
  make_room(plain_, size);
  const std::size_t read = ZSTD_decompress_usingDDict(
      decompress_.get(), plain_.data(), plain_.size(), packed.data(), packed.size(), &dictionary);
  if (ZSTD_isError(read) != 0) damaged(ZSTD_getErrorName(read));
  if (read != size || size < kHead) damaged("it ends early");

  std::string_view rest = plain_;
  std::array<std::string_view, 3> parts;
  rest.remove_prefix(kHead);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::size_t length = length_at(plain_, i * kLengthOctets);
    if (length > rest.size()) damaged("it ends early");
    parts[i] = rest.substr(0, length);
    rest.remove_prefix(length);
  }
  return {parts[0], parts[1], parts[2], rest};
}

void prepare_packing(ZSTD_CCtx_s& context, std::string_view dictionary) {
  ZSTD_CCtx_setParameter(&context, ZSTD_c_compressionLevel, kLevel);
  ZSTD_CCtx_setParameter(&context, ZSTD_c_minMatch, kMinMatch);
  ZSTD_CCtx_setParameter(&context, ZSTD_c_targetLength, kNoLiteralCompression);
  ZSTD_CCtx_setParameter(&context, ZSTD_c_checksumFlag, 1);
  // What it makes of the dictionary it keeps from one frame to the next.
  if (ZSTD_isError(ZSTD_CCtx_loadDictionary(&context, dictionary.data(), dictionary.size())) != 0)
    throw std::bad_alloc();
}

void append_plain(const Content& content, std::string& out) {
  for (const std::string_view part : {content.items, content.facts, content.request})
    append_length(out, part.size());
  for (const std::string_view part :
       {content.items, content.facts, content.request, content.response})
    out += part;
}

}  // namespace sample

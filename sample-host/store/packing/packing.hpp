// SPDX-License-Identifier: Apache-2.0
//
// What is large of an outcome as one small value: for a store that keeps it in one column, whatever
// the database. Messages of one SRV are nearly alike, and so are facts; a dictionary knows what all
// of them have in common.
//
// The value is a frame of zstd (RFC 8878) with content size, checksum and the id of its dictionary,
// so it says itself how it is read: `zstd -d -D DICTIONARY`. In it stand three lengths, of 4 octets
// each, the highest first (items, facts, request), and then the four texts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

struct ZSTD_CCtx_s;
struct ZSTD_DCtx_s;

namespace sample {

// A packed value is damaged, or a newer program's.
struct UnreadableContent : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Of an outcome; items and facts as outcome_json.hpp writes them.
struct Content {
  std::string_view items, facts, request, response;
};

// Both directions, with contexts and buffers that are used again. Each object serves one thread at
// a time, so it belongs to a connection.
class Packing {
 public:
  Packing();

  // The views are good until the next call. pack() throws std::length_error for what unpack() would
  // not take, unpack() UnreadableContent; both std::bad_alloc.
  std::string_view pack(const Content& content);
  Content unpack(std::string_view packed);

 private:
  std::unique_ptr<ZSTD_CCtx_s, std::size_t (*)(ZSTD_CCtx_s*)> compress_;
  std::unique_ptr<ZSTD_DCtx_s, std::size_t (*)(ZSTD_DCtx_s*)> decompress_;
  std::string plain_, packed_;
};

// For who trains a dictionary: what pack() compresses, and with what parameters.
void append_plain(const Content& content, std::string& out);
void prepare_packing(ZSTD_CCtx_s& context, std::string_view dictionary);

// The dictionaries that there ever were, the oldest first; the last one packs. Each has its id.
std::span<const std::string_view> dictionaries();
// Of dictionary number `version`, from 1: none of those that others may register (RFC 8878,
// section 6.1), and two octets in a frame.
constexpr std::uint32_t dictionary_id(std::uint32_t version) {
  return 0xdcc0 + version;
}

}  // namespace sample

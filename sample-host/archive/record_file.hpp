// SPDX-License-Identifier: Apache-2.0
//
// A month's file: records as lines of JSON (adaptor/outcome_json.hpp), in frames of zstd, each of
// which can be read without those before it. Errors are ArchiveErrors that name the file. One
// thread at a time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "adaptor/store.hpp"
#include "archive/manifest.hpp"
#include "guard/file_descriptor.hpp"

struct ZSTD_CCtx_s;
struct ZSTD_DCtx_s;

namespace sample {

class RecordWriter {
 public:
  // Makes or replaces the file, for its owner only.
  explicit RecordWriter(const std::filesystem::path& file);
  RecordWriter(const RecordWriter&) = delete;
  RecordWriter& operator=(const RecordWriter&) = delete;

  void add(const dcc::adaptor::Record& record);
  // Ends the file; it is on disk then.
  void finish();

 private:
  void write_frame();

  const std::filesystem::path file_;
  const dcc::guard::FileDescriptor fd_;
  std::unique_ptr<ZSTD_CCtx_s, std::size_t (*)(ZSTD_CCtx_s*)> context_;
  std::string lines_;  // of the frame that is not written yet
  std::size_t records_ = 0;
};

class RecordReader {
 public:
  explicit RecordReader(const std::filesystem::path& file);
  ~RecordReader();
  RecordReader(const RecordReader&) = delete;
  RecordReader& operator=(const RecordReader&) = delete;

  std::string sha256() const;  // of the file, hexadecimal
  std::size_t octets() const { return all_.size(); }

  // In order; nothing: there are no more.
  std::optional<dcc::adaptor::StoredOutcome> next();
  // With that cursor, from wherever it is; nothing: there is none. Reads few frames.
  std::optional<dcc::adaptor::StoredOutcome> find(std::int64_t cursor);

 private:
  // The frame that begins there into lines_; where the next one begins.
  std::size_t read_frame(std::size_t begin);
  std::size_t end_of_frame(std::size_t begin) const;
  [[noreturn]] void fail(const std::string& what) const;

  const std::filesystem::path file_;
  std::string_view all_;  // mapped
  std::unique_ptr<ZSTD_DCtx_s, std::size_t (*)(ZSTD_DCtx_s*)> context_;
  std::size_t next_frame_ = 0;
  std::string lines_;
  std::size_t next_line_ = 0;
  std::int64_t last_ = 0;  // cursor of the record that was read last
};

}  // namespace sample
